import { Readable } from 'node:stream'
import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { Logger } from '@archivolt/kit/log/logger'
import type { Blob, PrismaClient, Replica } from '../../../prisma/client/client.ts'
import type { Backends } from '../../backends/backends.ts'
import { ConnectionBroken } from '../../connections/connection.errors.ts'
import { BackendUnavailable } from '../../drivers/driver.errors.ts'
import type { ByteRange } from '../../drivers/driver.ts'
import { keyOf } from '../replica-key.ts'

interface Deps {
  db: PrismaClient
  backends: Backends
  log: Logger
}

export interface OpenBlob {
  /** The facts of a blob. @throws NotFoundError */
  find(blobId: string): Promise<Blob>
  /**
   * Its bytes, from the first verified replica that gives them; where one breaks off, another goes on.
   * @throws BackendUnavailable when none does
   */
  read(blob: Blob, options: { range?: ByteRange; signal?: AbortSignal }): Promise<Readable>
}

/** Reading blobs: where the bytes are is a fact of the blob, so any verified replica serves. */
export const openBlob = (deps: Deps): OpenBlob => ({
  async find(blobId) {
    const blob = await deps.db.blob.findUnique({ where: { id: blobId } })
    if (!blob) throw new NotFoundError('The file')
    return blob
  },
  async read(blob, options) {
    const replicas = await replicasOf(deps.db, blob.id)
    const opening = openInTurn(deps, blob, replicas, options.signal)
    const { start, end } = options.range ?? { start: 0, end: Number(blob.size) - 1 }
    const first = await opening(options.range)
    // With one replica there is nothing to fall back on, and nothing to pay for it.
    if (replicas.length === 1) return first
    const bytes = unbroken(first, (sent) => opening({ start: start + sent, end }), options.signal)
    return Readable.from(bytes, { objectMode: false, highWaterMark: 1024 ** 2 })
  },
})

type Source = Replica & { backend: { state: string } }

/**
 * Where the bytes are, the best place first: the newest replica at a place that works. What a migration has given up is
 * still what it was until it is deleted, and better than nothing.
 */
async function replicasOf(db: PrismaClient, blobId: string): Promise<Source[]> {
  const replicas = await db.replica.findMany({
    where: { blobId, OR: [{ state: 'VERIFIED' }, { state: 'QUARANTINED', quarantineReason: 'RELEASED' }] },
    include: { backend: { select: { state: true } } },
    orderBy: { verifiedAt: 'desc' },
  })
  const rank = ({ state, backend }: Source) => (state === 'VERIFIED' ? 0 : 2) + (backend.state === 'DOWN' ? 1 : 0)
  return replicas.sort((a, b) => rank(a) - rank(b))
}

/** Opens one replica after the other: a call goes on where the last one failed. @throws BackendUnavailable after the last */
function openInTurn(deps: Deps, blob: Blob, replicas: readonly Source[], signal?: AbortSignal) {
  const left = [...replicas]
  let last: unknown
  return async (range?: ByteRange): Promise<Readable> => {
    for (let replica = left.shift(); replica; replica = left.shift()) {
      try {
        const driver = await deps.backends.driverOf(replica.backendId)
        return await driver.get(keyOf(blob, replica), { range, signal })
      } catch (error) {
        signal?.throwIfAborted()
        deps.log.error({ err: error, blobId: blob.id, backendId: replica.backendId }, 'a replica could not be read')
        last = error
      }
    }
    if (last instanceof ConnectionBroken) throw last
    throw new BackendUnavailable(
      'The file cannot be read from any place right now. Ask your administrator to look at the storage.',
      { cause: last },
    )
  }
}

/** The bytes of a stream; where it breaks, those of the next replica from there on. The reader notices nothing. */
async function* unbroken(
  first: Readable,
  openFrom: (sent: number) => Promise<Readable>,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  let sent = 0
  for (let next = first; ;) {
    const stream = next
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        sent += chunk.length
        yield chunk
      }
      return
    } catch (error) {
      signal?.throwIfAborted()
      next = await openFrom(sent).catch(() => {
        throw error
      })
    } finally {
      stream.destroy()
    }
  }
}
