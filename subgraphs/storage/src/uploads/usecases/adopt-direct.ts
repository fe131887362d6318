import type { Logger } from '@archivolt/kit/log/logger'
import type { Prisma, PrismaClient, Upload } from '../../../prisma/client/client.ts'
import type { Backends } from '../../backends/backends.ts'
import { digestOf, type Digest } from '../../blobs/digest.ts'
import { ObjectNotFound } from '../../drivers/driver.errors.ts'
import type { StorageDriver } from '../../drivers/driver.ts'
import { mintObjectKey, toObjectKey, type ObjectKey } from '../../drivers/object-key.ts'
import { leaveToSweep, publishing } from '../../garbage/object-intent.ts'
import { UploadEndedError, UploadIncompleteError, UploadMismatchError } from '../upload.errors.ts'

interface Deps {
  db: PrismaClient
  backends: Backends
  log: Logger
  now: () => number
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
  try {
    if (upload.directOnce) await adopt(deps, upload, driver, arrived)
    else await adoptCopy(deps, upload, arrived)
  } catch (error) {
    // Another completion has finished with the bytes meanwhile; the row says what became of them.
    if (!(error instanceof ObjectNotFound || error instanceof UploadEndedError)) throw error
  }
  return upload.id
}

async function adopt(deps: Deps, upload: Upload, driver: StorageDriver, key: ObjectKey): Promise<void> {
  const facts = await digestOf(driver, key)
  if (!fits(upload, facts)) {
    await driver.delete(key)
    throw mismatch()
  }
  await record(deps.db, upload, key, facts)
}

async function adoptCopy(deps: Deps, upload: Upload, arrived: ObjectKey): Promise<void> {
  const { backendId } = upload
  const key = mintObjectKey(upload.ownerId, upload.documentId, upload.filename)
  await publishing(deps)({ backendId, key }, async ({ driver, settle }) => {
    await copyAside(driver, arrived, key)
    const facts = await digestOf(driver, key)
    if (!fits(upload, facts)) {
      await driver.delete(arrived)
      throw mismatch()
    }
    await deps.db.$transaction(async (tx) => {
      await settle(tx)
      await record(tx, upload, key, facts)
      await leaveToSweep(tx, { backendId, key: arrived }, lastWrite(upload))
    })
  })
  // What cannot be deleted now, the sweep deletes.
  await (await deps.backends.driverOf(backendId)).delete(arrived).catch(() => {})
}

/** When nobody can be writing any more to the address that a client was given. */
export const lastWrite = (upload: Upload): Date => new Date(upload.expiresAt.getTime() + LONGEST_WRITE_MS)
/** A service looks at the date of an address when a request begins; how long it lasts is the client's matter. */
const LONGEST_WRITE_MS = 6 * 3_600_000

const fits = (upload: Upload, { size, sha256 }: Digest) =>
  size === Number(upload.declaredSize) && (!upload.declaredSha256 || upload.declaredSha256 === sha256)
const mismatch = () => new UploadMismatchError('The bytes that arrived are not the announced ones. Nothing was kept.')

/** @throws UploadEndedError where another completion was quicker, or the upload was given up */
async function record(db: Prisma.TransactionClient, upload: Upload, key: ObjectKey, facts: Digest): Promise<void> {
  const { count } = await db.upload.updateMany({
    where: { id: upload.id, state: 'PENDING', key: upload.key },
    data: { state: 'RECEIVED', key, ...facts },
  })
  if (count === 0) throw new UploadEndedError()
}

async function copyAside(driver: StorageDriver, from: ObjectKey, to: ObjectKey): Promise<void> {
  if (!driver.copy) throw new Error('a place whose direct uploads can be replaced needs to be able to copy')
  await driver.copy(from, to)
}
