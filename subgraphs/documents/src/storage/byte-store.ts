import type { Readable } from 'node:stream'
import type { Identity } from '@archivolt/kit/identity/identity'
import type { ServiceClient } from '@archivolt/kit/server/service-client'
import { z } from 'zod'

export type Caller = Omit<Identity, 'caller'>

/** Jobs act for no one; storage knows documents by its signature alone. */
export const HOUSE: Caller = { viewer: null, requestId: 'house', client: { ip: '', userAgent: 'archivolt' } }

export interface UploadTicket {
  method: string
  url: string
  headers: { name: string; value: string }[]
  expiresAt: Date
  partSize: number | null
  parts: { number: number; url: string }[] | null
}

export interface CommittedBlob {
  blobId: string
  size: number
  sha256: string
  contentType: string
}

/** Storage, as documents sees it: the internal byte contract. All failures are domain errors of either side. */
export interface ByteStore {
  begin(
    upload: {
      id: string
      documentId: string
      ownerId: string
      filename: string
      contentType: string
      size: number
      sha256: string | null
    },
    as: Caller,
  ): Promise<UploadTicket>
  complete(uploadId: string, ownerId: string, as: Caller): Promise<CommittedBlob>
  abort(uploadId: string, ownerId: string, as: Caller): Promise<void>
  /** The bytes of a blob. @throws NotFoundError, UnavailableError */
  read(blobId: string, as: Caller, signal: AbortSignal): Promise<Readable>
  /** An address that gives the bytes to whoever holds it, for some seconds. @throws NotFoundError, UnavailableError */
  ticket(blobId: string, seconds: number, as: Caller): Promise<{ url: string; expiresAt: Date }>
  /** Deletes the bytes wherever they are. Absent is success, and anything else is tried again. */
  remove(blobId: string, as: Caller, signal: AbortSignal): Promise<void>
}

const ticket = z.object({
  method: z.string(),
  url: z.string(),
  headers: z.array(z.object({ name: z.string(), value: z.string() })),
  expiresAt: z.coerce.date(),
  partSize: z.number().nullable(),
  parts: z.array(z.object({ number: z.number(), url: z.string() })).nullable(),
})
const committed = z.object({ blobId: z.string(), size: z.number(), sha256: z.string(), contentType: z.string() })

const downloadTicket = z.object({ url: z.string(), expiresAt: z.coerce.date() })

export function createByteStore(services: ServiceClient): ByteStore {
  return {
    async begin(upload, as) {
      return ticket.parse(
        await services.json('storage', { method: 'POST', path: '/internal/uploads', json: upload, identity: as }),
      )
    },
    async complete(uploadId, ownerId, as) {
      const path = `/internal/uploads/${uploadId}/complete`
      return committed.parse(await services.json('storage', { method: 'POST', path, json: { ownerId }, identity: as }))
    },
    async abort(uploadId, ownerId, as) {
      await services.json('storage', {
        method: 'POST',
        path: `/internal/uploads/${uploadId}/abort`,
        json: { ownerId },
        identity: as,
      })
    },
    read: (blobId, as, signal) =>
      services.stream('storage', { method: 'GET', path: `/internal/blobs/${blobId}`, identity: as, signal }),
    async ticket(blobId, seconds, as) {
      const path = `/internal/blobs/${blobId}/ticket`
      return downloadTicket.parse(
        await services.json('storage', { method: 'POST', path, json: { seconds }, identity: as }),
      )
    },
    async remove(blobId, as, signal) {
      await services.json('storage', { method: 'DELETE', path: `/internal/blobs/${blobId}`, identity: as, signal })
    },
  }
}
