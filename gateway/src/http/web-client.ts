import { existsSync } from 'node:fs'
import path from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { errorBody } from './answer-error.ts'

const NOT_BUILT = `<!doctype html><html lang="en"><title>Archivolt</title>
<h1>Archivolt is running</h1>
<p>The web client is not built here. Build it with <code>npm run build --workspace web</code>, or use the API at <code>/graphql</code>.</p></html>
`

/** Paths that belong to the API: a page in their place would only confuse a program. */
const NO_PAGES = /^\/(graphql|files|health|metrics|api|\.well-known|assets)(\/|$)/

/** The built web client and the playground below it. Unknown paths are pages of the client, which routes by itself. */
export function addWebClient(app: FastifyInstance, root: string): void {
  const has = (file: string) => existsSync(path.join(root, file))
  app.register(fastifyStatic, {
    root,
    cacheControl: false,
    setHeaders: (response, file) => response.setHeader('cache-control', cacheFor(path.relative(root, file))),
  })
  app.get('/playground', async (request, reply) =>
    has('playground/index.html') ? reply.redirect('/playground/') : notFound(request, reply),
  )
  app.setNotFoundHandler(async (request, reply) => {
    if (!wantsPage(request)) return notFound(request, reply)
    if (has('index.html')) return reply.sendFile('index.html')
    return reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(NOT_BUILT)
  })
}

/** Files below assets/ carry a hash of their content in their name. */
const cacheFor = (file: string): string =>
  file.startsWith(`assets${path.sep}`) ? 'public, max-age=31536000, immutable' : 'no-cache'

function wantsPage(request: FastifyRequest): boolean {
  const asked = request.url.split('?')[0]!
  if (request.method !== 'GET' && request.method !== 'HEAD') return false
  return !NO_PAGES.test(asked) && !asked.startsWith('/playground') && path.extname(asked) === ''
}

const notFound = (request: FastifyRequest, reply: FastifyReply) =>
  reply
    .code(404)
    .header('cache-control', 'no-store')
    .send(errorBody(request, 'NOT_FOUND', 'There is nothing here.'))
