import type { FastifyInstance } from 'fastify'

const COMMON = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
}

const YEAR_SECONDS = 31_536_000

/** Headers of every answer: nothing is sniffed, framed or told to other sites, and scripts come from here alone. */
export function addSecurityHeaders(
  app: FastifyInstance,
  options: { https: boolean; byteOrigins?: readonly string[] },
): void {
  app.addHook('onRequest', async (request, reply) => {
    for (const [name, value] of Object.entries(COMMON)) reply.raw.setHeader(name, value)
    if (options.https) reply.raw.setHeader('strict-transport-security', `max-age=${YEAR_SECONDS}`)
    // Bytes carry the sandbox policy that storage gives them.
    if (!request.url.startsWith('/files/'))
      reply.raw.setHeader('content-security-policy', policyFor(request.url, options.byteOrigins ?? []))
  })
}

function policyFor(url: string, byteOrigins: readonly string[]): string {
  const playground = url.startsWith('/playground')
  return [
    "default-src 'self'",
    "script-src 'self'",
    // The playground's editor writes its own style elements.
    playground ? "style-src 'self' 'unsafe-inline'" : "style-src 'self'",
    playground ? "font-src 'self' data:" : "font-src 'self'",
    "img-src 'self' data: blob:",
    // Object stores with which browsers exchange bytes directly.
    ["connect-src 'self' ws: wss:", ...byteOrigins].join(' '),
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')
}
