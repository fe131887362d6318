import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Logger } from '@archivolt/kit/log/logger'

/** Answers for what fails before or outside of GraphQL: no stack, no path, no name of a library. */
export function addErrorAnswers(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler((error, request, reply) => {
    const status = statusOf(error)
    if (status >= 500)
      log.error({ err: error, requestId: request.id, method: request.method, path: pathOf(request) }, 'request failed')
    const message =
      status >= 500
        ? `Something went wrong on our side. Tell your administrator this number: ${request.id}`
        : TEXTS[status]
    return reply.code(status).send(errorBody(request, codeOf(status), message ?? 'The request is not acceptable.'))
  })
}

const TEXTS: Record<number, string> = {
  413: 'The request is too large.',
  415: 'Send the content type application/json.',
}

const codeOf = (status: number): string => (status >= 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST')

function statusOf(error: unknown): number {
  const status = (error as { statusCode?: unknown }).statusCode
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500
}

const pathOf = (request: FastifyRequest): string => request.url.split('?')[0]!

/** In the form that a client of that path expects. */
export function errorBody(request: FastifyRequest, code: string, message: string): object {
  if (pathOf(request) === '/graphql') return { errors: [{ message, extensions: { code } }] }
  return { error: { code: code.toLowerCase(), message } }
}
