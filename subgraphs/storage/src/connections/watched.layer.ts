import { CredentialsRefused } from '../drivers/driver.errors.ts'
import type { StorageDriver } from '../drivers/driver.ts'

interface Watch {
  /** A call has gone well. */
  used(): void
  /** The account does not take the vault's word any more. Whatever this throws takes the place of the refusal. */
  refused(error: CredentialsRefused): Promise<never>
}

/** The driver of an account, telling when it was used and when its owner must renew the connection. */
export function watched(driver: StorageDriver, watch: Watch): StorageDriver {
  const judge = (error: unknown): Promise<never> => {
    if (error instanceof CredentialsRefused) return watch.refused(error)
    throw error
  }
  const call = async <T>(run: () => Promise<T>): Promise<T> => {
    const result = await run().catch(judge)
    watch.used()
    return result
  }
  const { copy, checksum, sweep, freeSpace } = driver
  return {
    ...driver,
    put: (key, body, options) => call(() => driver.put(key, body, options)),
    get: (key, options) => call(() => driver.get(key, options)),
    stat: (key) => call(() => driver.stat(key)),
    delete: (key) => call(() => driver.delete(key)),
    async *list(prefix, options) {
      try {
        yield* driver.list(prefix, options)
      } catch (error) {
        await judge(error)
      }
    },
    check: (signal) => call(() => driver.check(signal)),
    ...(copy && { copy: (from, to) => call(() => copy.call(driver, from, to)) }),
    ...(checksum && { checksum: (key, signal) => call(() => checksum.call(driver, key, signal)) }),
    ...(sweep && { sweep: (before, signal) => call(() => sweep.call(driver, before, signal)) }),
    ...(freeSpace && { freeSpace: (signal) => call(() => freeSpace.call(driver, signal)) }),
  }
}
