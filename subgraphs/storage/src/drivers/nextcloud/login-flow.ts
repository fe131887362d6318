import { z } from 'zod'
import { AccessDenied, BackendUnavailable } from '../driver.errors.ts'
import { createHttp, discard, textOf, type HttpDeps } from '../http/http.ts'
import { Transient } from '../http/retry.ts'
import { nextcloudConfig } from './nextcloud.config.ts'
import { fromNextcloud, movedTo, SERVICE } from './nextcloud.errors.ts'

/** What is asked until the person has allowed access. A secret: whoever has it receives the password. */
export interface LoginPoll {
  endpoint: string
  token: string
}

export interface NextcloudLogin {
  url: string
  username: string
  appPassword: string
}

/** The name under which the app password appears in the account's list of devices. */
const USER_AGENT = 'Archivolt'

const httpAddress = z.url({ protocol: /^https?$/ })
const beginAnswer = z.object({
  login: httpAddress,
  poll: z.object({ token: z.string().min(1), endpoint: httpAddress }),
})
const pollAnswer = z.object({ server: httpAddress, loginName: z.string().min(1), appPassword: z.string().min(1) })

/** Begins Nextcloud's login flow: the person opens `loginUrl` in a browser, and `poll` is asked meanwhile. */
export async function beginLogin(url: string, deps: HttpDeps): Promise<{ loginUrl: string; poll: LoginPoll }> {
  const http = createHttp(SERVICE, deps)
  const address = nextcloudConfig.shape.url.safeParse(url)
  if (!address.success) throw movedTo(null, address.error)
  const response = await http.retrying(async () => {
    const answer = await http.send({
      method: 'POST',
      url: `${address.data}/index.php/login/v2`,
      headers: { 'user-agent': USER_AGENT },
    })
    if (answer.ok) return answer
    if (answer.status === 404) throw movedTo(null)
    throw fromNextcloud(answer, await textOf(answer), http.waitAskedBy(answer))
  })
  const { login, poll } = read(beginAnswer, await textOf(response))
  if (address.data.startsWith('https:') && [login, poll.endpoint].some((given) => !given.startsWith('https:'))) {
    throw new AccessDenied(
      'Nextcloud answers a secure call with insecure addresses. Its administrator must set overwriteprotocol to https.',
    )
  }
  return { loginUrl: login, poll }
}

/** Null while the person has not decided yet. The credentials are given out once. */
export async function pollLogin({ endpoint, token }: LoginPoll, deps: HttpDeps): Promise<NextcloudLogin | null> {
  const http = createHttp(SERVICE, deps)
  const call = {
    method: 'POST',
    url: endpoint,
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': USER_AGENT },
    body: new URLSearchParams({ token }).toString(),
  }
  try {
    // One try: when the answer with the credentials is lost, they are lost, and the login is begun again.
    const response = await http.send(call)
    if (response.status === 404) {
      await discard(response)
      return null
    }
    if (!response.ok) throw fromNextcloud(response, await textOf(response), http.waitAskedBy(response))
    const { server, loginName, appPassword } = read(pollAnswer, await textOf(response))
    return { url: server, username: loginName, appPassword }
  } catch (error) {
    throw error instanceof Transient ? error.failure : error
  }
}

function read<T>(schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text))
  } catch (error) {
    throw new BackendUnavailable('Nextcloud gave an answer that cannot be read. Check the address.', { cause: error })
  }
}
