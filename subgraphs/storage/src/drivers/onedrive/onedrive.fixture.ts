import type { Fault } from '../http/emulator-server.ts'
import { memoryTokens } from '../http/testing.ts'
import { createOAuthTokens } from '../http/tokens.ts'
import { createOneDriveDriver, type OneDriveDeps } from './onedrive.driver.ts'
import { startOneDriveEmulator, type OneDriveEmulatorOptions } from './onedrive.emulator.ts'

export const CHUNK = 320 * 1024

type When = Fault['when']
export const isBegin: When = ({ url }) => url.pathname.endsWith('/createUploadSession')
export const isChunk: When = ({ method, url }) => method === 'PUT' && url.pathname.startsWith('/up/')
export const isQuestion: When = ({ method, url }) => method === 'GET' && url.pathname.startsWith('/up/')
export const isLastChunk: When = (request) => {
  const [, end, total] = /-(\d+)\/(\d+)$/.exec(request.headers['content-range'] ?? '') ?? []
  return isChunk(request) && end !== undefined && Number(end) + 1 === Number(total)
}
export const isDownload: When = ({ url }) => url.pathname.startsWith('/download/')

/** A driver on an emulator of its own. */
export async function openOneDrive(
  options: OneDriveEmulatorOptions & { chunkSize?: number; root?: string } = {},
  deps: Partial<OneDriveDeps> = {},
) {
  const { chunkSize, root, ...emulated } = options
  const emulator = await startOneDriveEmulator(emulated)
  const { graph, login } = emulator.origins
  const shared = { fetch, pace: { baseMs: 5 }, ...deps }
  const rotated: string[] = []
  const tokens = createOAuthTokens(
    'OneDrive',
    { tokenUrl: `${login}/common/oauth2/v2.0/token`, clientId: 'archivolt' },
    memoryTokens(emulator.refreshToken, (refreshToken) => rotated.push(refreshToken)),
    shared,
  )
  const driver = createOneDriveDriver({ apiBase: `${graph}/v1.0`, chunkSize, root }, { tokens, ...shared })
  return { emulator, driver, tokens, rotated, close: () => emulator.close() }
}
