import { parseAllowedNetworks } from '@archivolt/kit/net/allowed-networks'
import { createGuardedAgents } from '@archivolt/kit/net/guarded-agents'
import { DomainError } from '@archivolt/kit/errors/domain-error'
import { FeatureFailedError } from './plugin.errors.ts'

export interface FeatureRequest {
  method: 'GET' | 'POST' | 'PATCH'
  url: string
  headers?: Record<string, string>
  body?: string
  maxBytes: number
  signal: AbortSignal
}

/**
 * The JSON that a feature answers. Redirects are not followed, wherever they lead.
 * @throws FeatureFailedError with a sentence that says what it did instead
 */
export type FetchJson = (request: FeatureRequest) => Promise<unknown>

/**
 * The way to features. Whoever sets the environment names their addresses, so they may be inside the network; what
 * those names resolve to is judged all the same, and metadata services are never reached.
 */
export function openFeatureDoor(): { fetchJson: FetchJson; close(): Promise<void> } {
  const guard = createGuardedAgents({
    allowed: parseAllowedNetworks('0.0.0.0/0 ::/0'),
    timeouts: { connect: 3000, headers: 5000, body: 5000 },
  })
  return { fetchJson: (request) => ask(guard.fetch, request), close: () => guard.close() }
}

async function ask(fetch: typeof globalThis.fetch, request: FeatureRequest): Promise<unknown> {
  const { method, url, headers, body, maxBytes, signal } = request
  const what = `${method} ${new URL(url).pathname}`
  try {
    const answer = await fetch(url, { method, headers, body, signal, redirect: 'manual' })
    if (answer.status >= 300 && answer.status < 400) {
      await answer.body?.cancel()
      throw new FeatureFailedError(`answers ${what} with a redirect. Register the address it leads to instead`)
    }
    const text = await readText(answer, maxBytes, what)
    if (!answer.ok) throw new FeatureFailedError(`answers ${what} with status ${answer.status}`, refusalIn(text))
    return parse(text, what)
  } catch (error) {
    throw explained(error, what, signal)
  }
}

async function readText(answer: Response, maxBytes: number, what: string): Promise<string> {
  const tooLarge = () => new FeatureFailedError(`answers ${what} with more than ${Math.round(maxBytes / 1024)} KiB`)
  if (Number(answer.headers.get('content-length') ?? 0) > maxBytes) {
    await answer.body?.cancel()
    throw tooLarge()
  }
  const chunks: Uint8Array[] = []
  let size = 0
  // Leaving the loop by a throw cancels the rest.
  for await (const chunk of answer.body ?? []) {
    size += chunk.length
    if (size > maxBytes) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new FeatureFailedError(`answers ${what} with something that is no JSON`, undefined, { cause: error })
  }
}

/** The sentence with which a feature refuses: `{"error": {"message": "…"}}`. */
function refusalIn(text: string): string | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: unknown } }
    return typeof error?.message === 'string' ? error.message.slice(0, 300) : undefined
  } catch {
    return undefined
  }
}

function explained(error: unknown, what: string, signal: AbortSignal): Error {
  if (error instanceof FeatureFailedError) return error
  if (signal.aborted) return new FeatureFailedError(`does not answer ${what} in time`, undefined, { cause: error })
  if (error instanceof DomainError)
    return new FeatureFailedError(`is not asked: ${error.message}`, undefined, { cause: error })
  return new FeatureFailedError(`does not answer ${what}`, undefined, { cause: error })
}
