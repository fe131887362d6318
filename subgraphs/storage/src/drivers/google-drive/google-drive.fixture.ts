import { newKey, putBytes, readBytes, someBytes, streamOf } from '../contract/harness.ts'
import { createGoogleDriveDriver, type GoogleDriveDeps } from './google-drive.driver.ts'
import { startGoogleDriveEmulator, type GoogleDriveEmulatorOptions } from './google-drive.emulator.ts'
import type { Fault } from '../http/emulator-server.ts'
import { memoryTokens } from '../http/testing.ts'
import { createOAuthTokens } from '../http/tokens.ts'

export { newKey, putBytes, readBytes, someBytes, streamOf }
export const CHUNK = 256 * 1024

type When = Fault['when']
export const isBegin: When = ({ method, url }) => method === 'POST' && url.searchParams.has('uploadType')
export const isChunk: When = ({ method, url, headers }) =>
  method === 'PUT' && url.searchParams.has('upload_id') && !headers['content-range']?.startsWith('bytes */')
export const isLastChunk: When = (request) => {
  const [, end, total] = /-(\d+)\/(\d+)$/.exec(request.headers['content-range'] ?? '') ?? []
  return isChunk(request) && end !== undefined && Number(end) + 1 === Number(total)
}
export const isMedia: When = ({ url }) => url.searchParams.get('alt') === 'media'

/** A driver on an emulator of its own. */
export async function openGoogleDrive(
  options: GoogleDriveEmulatorOptions & { chunkSize?: number } = {},
  deps: Partial<GoogleDriveDeps> = {},
) {
  const { chunkSize, ...emulated } = options
  const emulator = await startGoogleDriveEmulator(emulated)
  const { api, upload, oauth } = emulator.origins
  const shared = { fetch, pace: { baseMs: 5 }, searchWaitsMs: [5, 5], ...deps }
  const client = { tokenUrl: `${oauth}/token`, clientId: 'archivolt' }
  const connect = (folderId?: string) => {
    const tokens = createOAuthTokens('Google Drive', client, memoryTokens(emulator.refreshToken), shared)
    const config = { apiBase: `${api}/drive/v3`, uploadBase: `${upload}/upload/drive/v3`, chunkSize, folderId }
    return createGoogleDriveDriver(config, { tokens, ...shared })
  }
  return { emulator, driver: connect(), connect, close: () => emulator.close() }
}

export const refusal = (status: number, reason: string) => ({
  status,
  body: { error: { code: status, errors: [{ reason }] } },
})
