import { InvalidInputError } from '@archivolt/kit/errors/domain-error'
import { hashApiToken, mintApiToken } from '@archivolt/kit/identity/api-token'
import type { Viewer } from '@archivolt/kit/identity/identity'
import { sendMail } from '@archivolt/kit/mail/send-mail'
import type { ApiToken, PrismaClient } from '../../../prisma/client/client.ts'
import type { Device } from '../../sessions/device.ts'
import { noteEvent } from '../../sessions/note-event.ts'
import type { RequireFresh } from '../../sessions/step-up.ts'
import type { Transact } from '../../sessions/unit-of-work.ts'
import { normalizeName } from '../../users/user.ts'
import { checkScopes } from '../scopes.ts'

interface Deps {
  db: PrismaClient
  transact: Transact
  requireFresh: RequireFresh
  now: () => number
}

const DAY_MS = 86_400_000
const DEFAULT_DAYS = 90
const MAX_DAYS = 366
const MAX_TOKENS = 50

/**
 * Makes a token for a program.
 * @returns its row, and its text, which is never to be seen again
 * @throws StepUpRequiredError, InvalidInputError
 */
export const createApiToken =
  (deps: Deps) =>
  async (
    input: { name: string; scopes: readonly string[]; expiresAt?: Date | null },
    viewer: Viewer,
    device: Device,
  ): Promise<{ apiToken: ApiToken; token: string }> => {
    await deps.requireFresh(viewer)
    const now = deps.now()
    const scopes = checkScopes(input.scopes, viewer)
    const name = normalizeName(input.name)
    const expiresAt = input.expiresAt ?? new Date(now + DEFAULT_DAYS * DAY_MS)
    if (expiresAt.getTime() <= now || expiresAt.getTime() > now + MAX_DAYS * DAY_MS)
      throw new InvalidInputError('expiresAt', `A token expires within ${MAX_DAYS} days.`)
    const token = mintApiToken()
    const hash = Buffer.from(hashApiToken(token) ?? '', 'hex')
    const apiToken = await deps.transact(async ({ tx }) => {
      const { userId } = viewer
      await tx.$executeRaw`SELECT 1 FROM "users" WHERE "id" = ${userId}::uuid FOR UPDATE`
      const living = { userId, revokedAt: null, expiresAt: { gt: new Date(now) } }
      if ((await tx.apiToken.count({ where: living })) >= MAX_TOKENS)
        throw new InvalidInputError('name', `You have ${MAX_TOKENS} tokens already. Revoke one first.`)
      const data = { userId, name, hash, hint: token.slice(0, 8), scopes, expiresAt, createdAt: new Date(now) }
      const row = await tx.apiToken.create({ data })
      const details = { tokenId: row.id, scopes: scopes.join(' '), expiresAt: expiresAt.toISOString() }
      await noteEvent(tx, { type: 'api-token.created', userId, device, at: now, details })
      await sendMail(tx, {
        userId,
        template: 'api-token-created',
        values: { tokenName: name, scopes: scopes.join(', '), at: new Date(now).toISOString(), ip: device.ip },
      })
      return row
    })
    return { apiToken, token }
  }
