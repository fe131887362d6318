import { UploadFailure, type UploadTicket } from './upload-queue.ts'

/** How long to wait before each further try of a part, in milliseconds. */
const PAUSES = [500, 2_000, 6_000]

/** What of it is tried again by itself; everything else is the person’s to decide. */
class Hiccup extends UploadFailure {}

/**
 * Sends a file to where its ticket says, in one piece or in the parts the server asked for. A part that fails is sent
 * again by itself; parts that an earlier attempt has brought there are not.
 */
export async function putBytes(
  ticket: UploadTicket,
  file: File,
  sent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const { parts, partSize } = ticket
  if (!parts?.length || !partSize) return put(ticket.url, ticket, file, sent, signal)
  const arrived = await arrivedParts(ticket, signal)
  for (const part of parts) {
    const from = (part.number - 1) * partSize
    const piece = file.slice(from, from + partSize)
    if (arrived.get(part.number) !== piece.size) {
      await persist(() => put(part.url, ticket, piece, (bytes) => sent(from + bytes), signal), signal)
    }
    sent(from + piece.size)
  }
}

/** The sizes of the parts that are there. Not to know it costs only sending them again. */
async function arrivedParts({ url }: UploadTicket, signal: AbortSignal): Promise<Map<number, number>> {
  // An object store takes parts, but only the vault's own address tells of them.
  if (!url.startsWith('/')) return new Map()
  try {
    const answer = await fetch(`${url}/parts`, { signal })
    if (!answer.ok) return new Map()
    const { received } = (await answer.json()) as { received: { number: number; size: number }[] }
    return new Map(received.map(({ number, size }) => [number, size]))
  } catch {
    return new Map()
  }
}

async function persist(run: () => Promise<void>, signal: AbortSignal): Promise<void> {
  for (const pause of [...PAUSES, null]) {
    try {
      return await run()
    } catch (error) {
      if (!(error instanceof Hiccup) || signal.aborted) throw error
      if (pause === null) throw new UploadFailure(error.message, 'resume')
      await new Promise((resolve) => setTimeout(resolve, pause))
      signal.throwIfAborted()
    }
  }
}

/** XMLHttpRequest, since fetch does not tell how far a body has come. */
function put(
  url: string,
  { method, headers }: UploadTicket,
  body: Blob,
  sent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const request = new XMLHttpRequest()
    const cancel = () => request.abort()
    const settle = (error?: unknown) => {
      signal.removeEventListener('abort', cancel)
      if (error) reject(error)
      else resolve()
    }
    request.upload.onprogress = (event) => sent(event.loaded)
    request.onload = () => settle(request.status < 300 ? undefined : refusal(request.status))
    request.onerror = () => settle(new Hiccup('The connection was lost. Try again.'))
    request.onabort = () => settle(signal.reason ?? new UploadFailure('The upload was stopped. Try again.'))
    request.open(method, url)
    for (const { name, value } of headers) request.setRequestHeader(name, value)
    signal.addEventListener('abort', cancel)
    request.send(body)
  })
}

function refusal(status: number): UploadFailure {
  switch (status) {
    case 401:
    case 403:
    case 404:
    case 410:
      return new UploadFailure('The time for this upload ran out. Try again.')
    case 413:
      return new UploadFailure('The file is larger than the store takes.', 'never')
    case 408:
    case 429:
    case 502:
    case 503:
    case 504:
      return new Hiccup('The store is busy. Try again in a moment.')
    case 507:
      return new UploadFailure('The store is full. Ask an administrator for room, then try again.')
    default:
      return new UploadFailure(`The store did not take the file (HTTP ${status}). Try again.`)
  }
}
