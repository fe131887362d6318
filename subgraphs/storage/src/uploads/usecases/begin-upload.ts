import { InvalidInputError } from '@archivolt/kit/errors/domain-error'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import type { Backends } from '../../backends/backends.ts'
import type { Tickets } from '../ticket.ts'

/** How long an upload may take from its ticket to its last byte. */
export const UPLOAD_LIFETIME_MS = 6 * 3_600_000

interface Deps {
  db: PrismaClient
  backends: Backends
  tickets: Tickets
  now: () => number
}

export interface NewUpload {
  id: string
  documentId: string
  ownerId: string
  filename: string
  contentType: string
  size: number
  sha256: string | null
}

export interface UploadTicket {
  method: 'PUT'
  /** Relative to the public origin. */
  url: string
  headers: { name: string; value: string }[]
  expiresAt: Date
}

/** Reserves an upload and mints its ticket. Asking again with the same id renews the ticket. @throws InvalidInputError */
export const beginUpload =
  (deps: Deps) =>
  async (input: NewUpload): Promise<UploadTicket> => {
    if (input.size < 1) throw new InvalidInputError('size', 'The file is empty.')
    const { backend } = await deps.backends.current()
    const expiresAt = new Date(deps.now() + UPLOAD_LIFETIME_MS)
    await deps.db.upload.upsert({
      where: { id: input.id },
      create: {
        id: input.id,
        documentId: input.documentId,
        ownerId: input.ownerId,
        backendId: backend.id,
        filename: input.filename,
        contentType: input.contentType,
        declaredSize: input.size,
        declaredSha256: input.sha256,
        expiresAt,
      },
      update: { expiresAt },
    })
    return {
      method: 'PUT',
      url: `/files/uploads/${deps.tickets.mint({ kind: 'upload', id: input.id, expiresAt })}`,
      headers: [{ name: 'content-type', value: input.contentType }],
      expiresAt,
    }
  }
