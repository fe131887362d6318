import { toGlobalId } from '@archivolt/kit/graph/global-id'
import type { FastifyInstance } from 'fastify'
import type { CallbackQuery, CallbackResult } from './usecases/receive-callback.ts'

interface Deps {
  receiveCallback(slug: string, query: CallbackQuery): Promise<CallbackResult>
  /** Where people manage their connections. */
  frontendUrl: string
}

/**
 * `GET /api/cloud/{provider}/callback`: where a provider sends a person back to. The answer is always the page of
 * connections, and its address says what came of it; nothing that was sent here appears in it.
 */
export function addCallbackRoute(http: FastifyInstance, deps: Deps): void {
  http.get<{ Params: { provider: string }; Querystring: Record<string, unknown> }>(
    '/api/cloud/:provider/callback',
    async ({ params, query }, reply) => {
      const result = await deps.receiveCallback(params.provider, {
        state: single(query.state),
        code: single(query.code),
        error: single(query.error),
        iss: single(query.iss),
      })
      void reply.header('cache-control', 'no-store').header('referrer-policy', 'no-referrer')
      return reply.redirect(pageFor(deps.frontendUrl, result), 303)
    },
  )
}

/** A name that is given twice counts as not given. */
function single(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= 4096 ? value : undefined
}

function pageFor(frontendUrl: string, result: CallbackResult): string {
  const page = new URL(`${frontendUrl}/account/connections`)
  if (result.connectionId) page.searchParams.set('connection', toGlobalId('CloudConnection', result.connectionId))
  if ('failure' in result) {
    page.searchParams.set('result', 'failed')
    page.searchParams.set('reason', result.failure)
  } else {
    page.searchParams.set('result', 'allowed')
    page.searchParams.set('word', result.word)
  }
  return page.href
}
