import type { StorageDriver } from '../drivers/driver.ts'
import { MARKER_KEY } from './marker.ts'
import { MarkerError } from './vault.errors.ts'

/**
 * Looks for the vault's mark before every write. A disk can be unmounted under an open driver, and the folder it leaves
 * behind takes files just as well; asking costs one look at a file.
 */
export function confirmWrites(driver: StorageDriver): StorageDriver {
  const confirm = async () => {
    if (!(await driver.stat(MARKER_KEY))) throw new MarkerError('missing')
  }
  return {
    ...driver,
    async put(key, body, options) {
      try {
        await confirm()
      } catch (error) {
        body.destroy()
        throw error
      }
      return driver.put(key, body, options)
    },
    ...(driver.copy && {
      async copy(from, to) {
        await confirm()
        return driver.copy?.(from, to)
      },
    }),
  }
}
