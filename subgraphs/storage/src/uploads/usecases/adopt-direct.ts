import { createHash } from 'node:crypto'
import type { PrismaClient, Upload } from '../../../prisma/client/client.ts'
import type { Backends } from '../../backends/backends.ts'
import { ObjectNotFound } from '../../drivers/driver.errors.ts'
import type { StorageDriver } from '../../drivers/driver.ts'
import { mintObjectKey, toObjectKey, type ObjectKey } from '../../drivers/object-key.ts'
import { UploadIncompleteError, UploadMismatchError } from '../upload.errors.ts'

interface Deps {
  db: PrismaClient
  backends: Backends
}

/**
 * Looks at bytes that a client has sent straight to the place, and makes them ours: size and hash are read from what
 * lies there. Where the service would let the client's address replace them, a copy under a key nobody knows is taken.
 * @returns the id of the upload, whose bytes count as received now
 * @throws UploadIncompleteError, UploadMismatchError, DriverError
 */
export async function adoptDirect(deps: Deps, upload: Upload): Promise<string> {
  const driver = await deps.backends.driverOf(upload.backendId)
  const arrived = toObjectKey(upload.key ?? '')
  const declared = Number(upload.declaredSize)
  const object = await driver.stat(arrived)
  if (!object) throw new UploadIncompleteError()
  if (object.size !== declared) {
    await driver.delete(arrived)
    throw new UploadMismatchError(
      `The upload announced ${declared} bytes, but ${object.size} arrived. Nothing was kept.`,
    )
  }
  const key = upload.directOnce ? arrived : mintObjectKey(upload.ownerId, upload.documentId, upload.filename)
  try {
    if (key !== arrived) await copyAside(driver, arrived, key)
    const { size, sha256 } = await hashOf(driver, key)
    if (size !== declared || (upload.declaredSha256 && upload.declaredSha256 !== sha256)) {
      await Promise.all([driver.delete(key), driver.delete(arrived)])
      throw new UploadMismatchError('The bytes that arrived are not the announced ones. Nothing was kept.')
    }
    const { count } = await deps.db.upload.updateMany({
      where: { id: upload.id, state: 'PENDING', key: arrived },
      data: { state: 'RECEIVED', key, size, sha256 },
    })
    // Where another completion was quicker, or the upload was given up, what this one copied is nobody's.
    if (key !== arrived) await driver.delete(count > 0 ? arrived : key)
  } catch (error) {
    // Another completion has finished with the bytes meanwhile; the row says what became of them.
    if (!(error instanceof ObjectNotFound)) throw error
  }
  return upload.id
}

async function copyAside(driver: StorageDriver, from: ObjectKey, to: ObjectKey): Promise<void> {
  if (!driver.copy) throw new Error('a place whose direct uploads can be replaced needs to be able to copy')
  await driver.copy(from, to)
}

async function hashOf(driver: StorageDriver, key: ObjectKey): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of (await driver.get(key)) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    size += chunk.length
  }
  return { size, sha256: hash.digest('hex') }
}
