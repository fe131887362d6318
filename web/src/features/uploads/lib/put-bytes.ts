import { UploadFailure, type UploadTicket } from './upload-queue.ts'

/** Sends a file to where its ticket says, in one piece or in the parts the server asked for. */
export async function putBytes(
  ticket: UploadTicket,
  file: File,
  sent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const { parts, partSize } = ticket
  if (!parts?.length || !partSize) return put(ticket.url, ticket, file, sent, signal)
  for (const part of parts) {
    const from = (part.number - 1) * partSize
    await put(part.url, ticket, file.slice(from, from + partSize), (bytes) => sent(from + bytes), signal)
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
    request.onerror = () => settle(new UploadFailure('The connection was lost. Try again.'))
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
    case 429:
    case 503:
      return new UploadFailure('The store is busy. Try again in a moment.')
    case 507:
      return new UploadFailure('The store is full. Ask an administrator for room, then try again.')
    default:
      return new UploadFailure(`The store did not take the file (HTTP ${status}). Try again.`)
  }
}
