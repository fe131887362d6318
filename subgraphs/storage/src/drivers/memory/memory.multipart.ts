import { randomUUID } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { holdBody } from '../body.ts'
import type { Multipart, StoredObject, UploadedPart } from '../driver.ts'
import { ObjectNotFound } from '../driver.errors.ts'
import type { ObjectKey } from '../object-key.ts'

/** Parts in memory, under rules as strict as those of a service. */
export function memoryMultipart(publish: (key: ObjectKey, bytes: Buffer) => StoredObject): Multipart {
  const uploads = new Map<string, Map<number, { bytes: Buffer; tag: string }>>()
  const partsOf = (key: ObjectKey, uploadId: string) => {
    const parts = uploads.get(uploadId)
    if (!parts) throw new ObjectNotFound(key)
    return parts
  }
  const described = (number: number, part: { bytes: Buffer; tag: string }): UploadedPart => ({
    number,
    tag: part.tag,
    size: part.bytes.length,
  })
  return {
    minPartSize: 1024,
    maxParts: 1000,
    async begin() {
      const uploadId = randomUUID()
      uploads.set(uploadId, new Map())
      return uploadId
    },
    async putPart(key, uploadId, number, source, options) {
      const body = holdBody(source, options)
      try {
        const part = { bytes: await buffer(body.chunks), tag: randomUUID() }
        partsOf(key, uploadId).set(number, part)
        return described(number, part)
      } finally {
        body.release()
      }
    },
    async listParts(key, uploadId) {
      return [...partsOf(key, uploadId)]
        .map(([number, part]) => described(number, part))
        .sort((a, b) => a.number - b.number)
    },
    async complete(key, uploadId, parts) {
      const arrived = partsOf(key, uploadId)
      const chosen = parts.map(({ number, tag }) => {
        const part = arrived.get(number)
        if (part?.tag !== tag) throw new ObjectNotFound(`${key} (part ${number})`)
        return part.bytes
      })
      const stored = publish(key, Buffer.concat(chosen))
      uploads.delete(uploadId)
      return stored
    },
    async abort(_key, uploadId) {
      uploads.delete(uploadId)
    },
  }
}
