import { AccessDenied, BackendUnavailable, CredentialsRefused, QuotaExceeded } from '../driver.errors.ts'
import { Transient } from '../http/retry.ts'

export const SERVICE = 'Nextcloud'

export const MAINTENANCE = 'Nextcloud is in maintenance mode. Wait until its administrator has ended it.'

/** What a refusal of the service means. `asked` is the wait of its Retry-After. */
export function fromNextcloud(response: Response, body: string, asked: number | null): Error {
  const { status, headers } = response
  const cause = new Error(`${status} ${/<s:message>([^<]*)/.exec(body)?.[1] ?? body.slice(0, 300)}`)
  switch (status) {
    case 401:
      return new CredentialsRefused(
        'Nextcloud refuses the user name or the app password. Create a new app password there and enter it here.',
        { cause },
      )
    case 403:
      return new AccessDenied('Nextcloud does not allow this. Check that the account may write into the folder.', {
        cause,
      })
    case 413:
      return new BackendUnavailable(
        'The web server in front of Nextcloud refuses requests of this size. Raise its limit for uploads.',
        { cause },
      )
    case 507:
      return new QuotaExceeded(
        'The Nextcloud account is full. Free space there or choose another place for new documents.',
        { cause },
      )
    case 423:
      return new Transient(
        new BackendUnavailable('Nextcloud has locked the file. Try again in a few minutes.', { cause }),
        asked,
      )
    case 429:
      return new Transient(
        new BackendUnavailable('Nextcloud asks for fewer requests. Try again in a few minutes.', { cause }),
        asked,
      )
  }
  if (status === 503 && (headers.has('x-nextcloud-maintenance-mode') || /maintenance/i.test(body))) {
    return new Transient(new BackendUnavailable(MAINTENANCE, { cause }), asked)
  }
  if (status === 408 || status >= 500) {
    return new Transient(
      new BackendUnavailable('Nextcloud does not answer as it should. Try again, and look into its log.', { cause }),
      asked,
    )
  }
  if (status >= 300 && status < 400) return movedTo(headers.get('location'), cause)
  return new BackendUnavailable('Nextcloud refused the request. Look into its log.', { cause })
}

/** Redirects are not followed: the password would go along. */
export function movedTo(location: string | null, cause?: unknown): BackendUnavailable {
  const hint = location ? ` It points to ${location}: if that is yours, enter it instead.` : ''
  return new BackendUnavailable(`There is no Nextcloud at this address.${hint}`, { cause })
}
