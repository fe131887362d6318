import { z } from 'zod'
import { AccessDenied, BackendUnavailable } from '../driver.errors.ts'
import { textOf } from '../http/http.ts'
import type { NextcloudClient } from './nextcloud.client.ts'
import { MAINTENANCE, movedTo } from './nextcloud.errors.ts'

const statusAnswer = z.object({
  installed: z.boolean(),
  maintenance: z.boolean(),
  needsDbUpgrade: z.boolean().optional(),
})

const capabilitiesAnswer = z.object({
  ocs: z.object({ data: z.object({ capabilities: z.object({ dav: z.object({ chunking: z.string() }).optional() }) }) }),
})

/** Rejects with a sentence that says why this Nextcloud cannot be used. */
export async function checkNextcloud(client: NextcloudClient, url: string, signal?: AbortSignal): Promise<void> {
  await checkStatus(client, url, signal)
  const headers = { 'ocs-apirequest': 'true', accept: 'application/json' }
  const call = { method: 'GET', url: `${url}/ocs/v2.php/cloud/capabilities?format=json`, headers, signal }
  const response = await client.http.retrying(() => client.ask(call), signal)
  const answer = capabilitiesAnswer.safeParse(parsed(await textOf(response)))
  if (!answer.success || answer.data.ocs.data.capabilities.dav?.chunking !== '1.0') {
    throw new BackendUnavailable(
      'This Nextcloud does not take large files in chunks. Update it, or connect it as a WebDAV storage.',
    )
  }
}

/** Without the password: an address may be mistyped. */
async function checkStatus({ http }: NextcloudClient, url: string, signal?: AbortSignal): Promise<void> {
  const response = await http.retrying(() => http.send({ method: 'GET', url: `${url}/status.php`, signal }), signal)
  const text = await textOf(response)
  if (response.status >= 300 && response.status < 400) throw movedTo(response.headers.get('location'))
  const status = statusAnswer.safeParse(parsed(text))
  if (!status.success) throw movedTo(null)
  if (!status.data.installed) throw new AccessDenied('This Nextcloud is not set up yet. Finish its installation first.')
  if (status.data.maintenance) throw new BackendUnavailable(MAINTENANCE)
  if (status.data.needsDbUpgrade)
    throw new BackendUnavailable('Nextcloud waits for its upgrade. Its administrator must finish it first.')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
