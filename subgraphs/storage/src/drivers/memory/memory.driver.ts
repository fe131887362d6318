import { Readable } from 'node:stream'
import type { StorageDriver } from '../driver.ts'
import { BackendUnavailable, DriverError, ObjectNotFound, WrongSize } from '../driver.errors.ts'
import { toObjectKey, type ObjectKey } from '../object-key.ts'

/** Objects in memory, for tests. It keeps the same rules as every place. */
export function createMemoryDriver(): StorageDriver {
  const objects = new Map<ObjectKey, Buffer>()
  const found = (key: ObjectKey): Buffer => {
    const bytes = objects.get(key)
    if (!bytes) throw new ObjectNotFound(key)
    return bytes
  }
  return {
    async put(key, body, options = {}) {
      toObjectKey(key)
      const chunks: Buffer[] = []
      let size = 0
      const stop = () => body.destroy(new DOMException('aborted', 'AbortError'))
      options.signal?.addEventListener('abort', stop, { once: true })
      try {
        options.signal?.throwIfAborted()
        for await (const chunk of body as AsyncIterable<Buffer>) {
          size += chunk.length
          if (options.size !== undefined && size > options.size) throw new WrongSize(options.size, size)
          chunks.push(chunk)
        }
        if (options.size !== undefined && size !== options.size) throw new WrongSize(options.size, size)
        if (objects.has(key)) throw new BackendUnavailable('The key exists already.')
        objects.set(key, Buffer.concat(chunks))
        return { key, size }
      } catch (error) {
        if (error instanceof DriverError || options.signal?.aborted) throw error
        throw new BackendUnavailable('The source of the bytes failed.', { cause: error })
      } finally {
        options.signal?.removeEventListener('abort', stop)
        body.destroy()
      }
    },
    async get(key, options = {}) {
      const bytes = found(key)
      const part = options.range ? bytes.subarray(options.range.start, options.range.end + 1) : bytes
      return Readable.from([part], { signal: options.signal, objectMode: false })
    },
    async stat(key) {
      const bytes = objects.get(key)
      return bytes ? { key, size: bytes.length } : null
    },
    async delete(key) {
      objects.delete(key)
    },
    async *list(prefix) {
      for (const key of [...objects.keys()].sort()) {
        if (prefix === '' || key === prefix || key.startsWith(`${prefix}/`)) yield { key, size: found(key).length }
      }
    },
    check: async () => {},
    close: async () => {},
  }
}
