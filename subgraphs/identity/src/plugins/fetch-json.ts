import { request } from 'undici'

/** A manifest or a health report is small; more than this is not one. */
const MAX_BYTES = 256 * 1024

/** The JSON at `url`. Redirects are not followed. @throws Error when the answer is not 200, too large or not JSON */
export async function fetchJson(url: string, signal: AbortSignal): Promise<unknown> {
  const reply = await request(url, { signal, headersTimeout: 5000, bodyTimeout: 5000 })
  if (reply.statusCode !== 200) {
    await reply.body.dump()
    throw new Error(`${url} answered ${reply.statusCode}`)
  }
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of reply.body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BYTES) throw new Error(`${url} answered more than ${MAX_BYTES} bytes`)
    chunks.push(chunk)
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'))
}
