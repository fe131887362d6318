import type { Fault } from '../http/emulator-server.ts'
import type { NextcloudDeps } from './nextcloud.client.ts'
import { createNextcloudDriver } from './nextcloud.driver.ts'
import { startNextcloudEmulator, type NextcloudEmulatorOptions } from './nextcloud.emulator.ts'

export const CHUNK = 5 * 1024 * 1024

type When = Fault['when']
export const isChunk: When = ({ method, url }) => method === 'PUT' && url.pathname.includes('/uploads/')
export const isUpload: When = ({ method }) => method === 'PUT'
export const isAssembly: When = ({ method, url }) => method === 'MOVE' && url.pathname.endsWith('/.file')
export const isPublishing: When = ({ method, url }) => method === 'MOVE' && !url.pathname.endsWith('/.file')
export const isDownload: When = ({ method, url }) => method === 'GET' && url.pathname.includes('/files/')

/** A driver on an emulator of its own. */
export async function openNextcloud(
  options: NextcloudEmulatorOptions & { root?: string } = {},
  deps: Partial<NextcloudDeps> = {},
) {
  const { root, ...emulated } = options
  const emulator = await startNextcloudEmulator(emulated)
  const pace = { baseMs: 5 }
  const connect = (given: { appPassword?: string; url?: string } = {}) =>
    createNextcloudDriver(
      {
        url: `${emulator.origins.cloud}/`,
        username: emulator.user.login,
        appPassword: emulator.user.appPassword,
        root,
        chunkSize: CHUNK,
        ...given,
      },
      { fetch, pace, patientPace: pace, ...deps },
    )
  return { emulator, driver: connect(), connect, close: () => emulator.close() }
}
