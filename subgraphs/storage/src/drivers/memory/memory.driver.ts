import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { holdBody } from '../body.ts'
import type { StorageDriver } from '../driver.ts'
import { ObjectExists, ObjectNotFound } from '../driver.errors.ts'
import { toObjectKey, type ObjectKey } from '../object-key.ts'
import { memoryMultipart } from './memory.multipart.ts'

/** Objects in memory, for tests. It keeps the same rules as every place. */
export function createMemoryDriver(): StorageDriver {
  const objects = new Map<ObjectKey, Buffer>()
  const found = (key: ObjectKey): Buffer => {
    const bytes = objects.get(toObjectKey(key))
    if (!bytes) throw new ObjectNotFound(key)
    return bytes
  }
  const publish = (key: ObjectKey, bytes: Buffer) => {
    if (objects.has(toObjectKey(key))) throw new ObjectExists(key)
    objects.set(key, bytes)
    return { key, size: bytes.length }
  }
  return {
    async put(key, source, options = {}) {
      const body = holdBody(source, options)
      try {
        toObjectKey(key)
        return publish(key, await buffer(body.chunks))
      } finally {
        body.release()
      }
    },
    async get(key, { range, signal } = {}) {
      const bytes = found(key)
      const part = range ? bytes.subarray(range.start, range.end + 1) : bytes
      return Readable.from(part.length === 0 ? [] : [part], { signal, objectMode: false })
    },
    async stat(key) {
      const bytes = objects.get(key)
      return bytes ? { key, size: bytes.length } : null
    },
    async delete(key) {
      objects.delete(toObjectKey(key))
    },
    async *list(prefix, { after } = {}) {
      for (const key of [...objects.keys()].sort()) {
        if (after && key <= after) continue
        if (prefix === '' || key === prefix || key.startsWith(`${prefix}/`)) yield { key, size: found(key).length }
      }
    },
    check: async () => {},
    close: async () => {},
    async copy(from, to) {
      publish(to, Buffer.from(found(from)))
    },
    async checksum(key) {
      return createHash('sha256').update(found(key)).digest('hex')
    },
    multipart: memoryMultipart(publish),
  }
}
