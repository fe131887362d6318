import { Transform, type Readable } from 'node:stream'
import type { StorageDriver } from '../driver.ts'
import { DriverError } from '../driver.errors.ts'

/** Of one call that has ended. */
export interface Measurement {
  /** The method's name; `multipart.putPart` for one of that group. */
  call: string
  /** Bytes written or read by it. */
  bytes: number
  /** From the call to its end; for `get` to the last byte, for `list` to the last object. */
  milliseconds: number
  /** Null when it went well; else a code of `driver.errors.ts`, or `aborted`. */
  error: string | null
}

/** The same driver, telling of each call as it ends. */
export function measured(driver: StorageDriver, report: (measurement: Measurement) => void): StorageDriver {
  const begin = (call: string) => {
    const started = performance.now()
    let told = false
    return (bytes: number, error: unknown = null) => {
      if (told) return
      told = true
      report({ call, bytes, milliseconds: performance.now() - started, error: codeOf(error) })
    }
  }
  const timed = async <T>(
    call: string,
    run: () => Promise<T>,
    bytesOf: (result: T) => number = () => 0,
  ): Promise<T> => {
    const end = begin(call)
    try {
      const result = await run()
      end(bytesOf(result))
      return result
    } catch (error) {
      end(0, error)
      throw error
    }
  }

  const { copy, presign, multipart, checksum, freeSpace, clockSkew, sweep } = driver
  return {
    put: (key, body, options) =>
      timed(
        'put',
        () => driver.put(key, body, options),
        ({ size }) => size,
      ),
    async get(key, options) {
      const end = begin('get')
      try {
        return counted(await driver.get(key, options), end)
      } catch (error) {
        end(0, error)
        throw error
      }
    },
    stat: (key) => timed('stat', () => driver.stat(key)),
    delete: (key) => timed('delete', () => driver.delete(key)),
    async *list(prefix, options) {
      const end = begin('list')
      try {
        yield* driver.list(prefix, options)
      } catch (error) {
        end(0, error)
        throw error
      } finally {
        end(0)
      }
    },
    check: (signal) => timed('check', () => driver.check(signal)),
    close: () => driver.close(),
    ...(copy && { copy: (from, to) => timed('copy', () => copy.call(driver, from, to)) }),
    ...(presign && { presign: (key, options) => timed('presign', () => presign.call(driver, key, options)) }),
    ...(checksum && { checksum: (key, signal) => timed('checksum', () => checksum.call(driver, key, signal)) }),
    ...(freeSpace && { freeSpace: (signal) => timed('freeSpace', () => freeSpace.call(driver, signal)) }),
    ...(sweep && { sweep: (before, signal) => timed('sweep', () => sweep.call(driver, before, signal)) }),
    ...(clockSkew && { clockSkew: () => clockSkew.call(driver) }),
    ...(multipart && {
      multipart: {
        ...multipart,
        putPart: (key, uploadId, number, body, options) =>
          timed(
            'multipart.putPart',
            () => multipart.putPart(key, uploadId, number, body, options),
            ({ size }) => size,
          ),
        complete: (key, uploadId, parts) => timed('multipart.complete', () => multipart.complete(key, uploadId, parts)),
      },
    }),
  }
}

/** A reader that leaves early has read what it has read: no error. */
function counted(source: Readable, end: (bytes: number, error?: unknown) => void): Readable {
  let bytes = 0
  const out = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      done(null, chunk)
    },
  })
  source.once('error', (error) => out.destroy(error))
  out.once('error', (error) => end(bytes, error))
  out.once('close', () => {
    end(bytes)
    source.destroy()
  })
  return source.pipe(out)
}

function codeOf(error: unknown): string | null {
  if (error === null) return null
  return error instanceof DriverError ? error.code : 'aborted'
}
