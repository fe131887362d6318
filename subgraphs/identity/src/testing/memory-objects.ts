import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { ObjectChangedError, type ObjectStore } from '@archivolt/kit/objects/object-store'

/** The named objects of storage in memory, with its conditions. */
export function createMemoryObjects(): ObjectStore & { files: Map<string, Buffer> } {
  const files = new Map<string, Buffer>()
  const etagOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
  return {
    files,
    async put({ bucket, name }, body, { ifNoneMatch }) {
      const key = `${bucket}/${name}`
      const chunks: Buffer[] = []
      if (Buffer.isBuffer(body)) chunks.push(body)
      else for await (const chunk of body) chunks.push(Buffer.from(chunk as Buffer))
      if (ifNoneMatch && files.has(key)) throw new ObjectChangedError()
      const bytes = Buffer.concat(chunks)
      files.set(key, bytes)
      return { etag: etagOf(bytes), size: bytes.length, blobId: key }
    },
    async get({ bucket, name }) {
      const bytes = files.get(`${bucket}/${name}`)
      if (!bytes) return null
      return {
        body: Readable.from([bytes]),
        etag: etagOf(bytes),
        size: bytes.length,
        contentType: 'application/jsonl',
      }
    },
    async delete({ bucket, name }) {
      files.delete(`${bucket}/${name}`)
    },
    async list(bucket, { prefix = '', after = '' } = {}) {
      const names = [...files.keys()]
        .filter((key) => key.startsWith(`${bucket}/${prefix}`))
        .map((key) => key.slice(bucket.length + 1))
        .filter((name) => name > after)
        .sort()
      const objects = names.map((name) => {
        const bytes = files.get(`${bucket}/${name}`) ?? Buffer.alloc(0)
        return { name, size: bytes.length, etag: etagOf(bytes), updatedAt: new Date(0) }
      })
      return { objects, next: null }
    },
  }
}
