import { Readable } from 'node:stream'
import type { Logger } from '@archivolt/kit/log/logger'
import type { PrismaClient, Upload, UploadPart } from '../../../prisma/client/client.ts'
import type { Backends } from '../../backends/backends.ts'
import type { StorageDriver } from '../../drivers/driver.ts'
import { toObjectKey } from '../../drivers/object-key.ts'
import { UploadIncompleteError } from '../upload.errors.ts'
import { partCount } from '../upload-parts.ts'
import { receiveUpload } from './receive-upload.ts'

interface Deps {
  db: PrismaClient
  backends: Backends
  log: Logger
  now: () => number
}

/**
 * Puts the parts of an upload together, as if their bytes arrived now in one piece: counted, hashed and whole or not at
 * all. The parts stay until that is done, so a death in the middle costs only time.
 * @throws UploadIncompleteError while a part is missing; what receiveUpload throws
 */
export async function assembleParts(deps: Deps, upload: Upload): Promise<void> {
  const parts = await deps.db.uploadPart.findMany({ where: { uploadId: upload.id }, orderBy: { number: 'asc' } })
  const declared = Number(upload.declaredSize)
  if (parts.length !== partCount(declared, Number(upload.partSize))) throw new UploadIncompleteError()
  const driver = await deps.backends.driverOf(upload.backendId)
  const body = Readable.from(bytesOf(driver, parts), { objectMode: false, highWaterMark: 256 * 1024 })
  await receiveUpload(deps)(upload.id, { body, announcedLength: declared, signal: new AbortController().signal })
  await discardParts(deps, upload.id, upload.backendId).catch((error: unknown) => {
    deps.log.warn(
      { err: error, uploadId: upload.id },
      'the parts of an upload could not be cleared away; the sweep does it',
    )
  })
}

async function* bytesOf(driver: StorageDriver, parts: readonly UploadPart[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield* (await driver.get(toObjectKey(part.key))) as AsyncIterable<Buffer>
}

/** Removes what there is of an upload's parts, bytes before rows. Nothing there is success. @throws DriverError */
export async function discardParts(
  deps: Pick<Deps, 'db' | 'backends'>,
  uploadId: string,
  backendId: string,
): Promise<void> {
  const parts = await deps.db.uploadPart.findMany({ where: { uploadId } })
  if (parts.length === 0) return
  const driver = await deps.backends.driverOf(backendId)
  for (const part of parts) {
    await driver.delete(toObjectKey(part.key))
    await deps.db.uploadPart.deleteMany({ where: { uploadId, number: part.number, key: part.key } })
  }
}
