import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Sending {
  url: URL
  headers: Record<string, string>
  bytes: Buffer
  /** Without it the server learns the length from the end alone. */
  announceLength: boolean
  /** Milliseconds the whole takes; 0 for as fast as it goes. */
  lasting: number
  /** Bytes after which the sender hangs up. */
  cutAfter?: number
  /** Called when the last byte is out. */
  onLastByte?(): void
}

/** `status` 0 means that no answer came, so that nobody knows what became of the bytes. */
export interface PutAnswer {
  status: number
  code: string
  receipt?: { size: number; sha256: string }
}

const NO_ANSWER: PutAnswer = { status: 0, code: 'no answer' }
const PATIENCE_MS = 60_000
const SLICES = 20

/** Sends bytes as a client would that may be slow or hang up. Never rejects. */
export function putBytes(sending: Sending): Promise<PutAnswer> {
  const { url, bytes, announceLength, cutAfter } = sending
  return new Promise((resolve) => {
    const call = request(url, {
      method: 'PUT',
      agent: false,
      headers: { ...sending.headers, ...(announceLength && { 'content-length': String(bytes.length) }) },
      timeout: PATIENCE_MS,
    })
    let answered = false
    const giveUp = () => {
      resolve(NO_ANSWER)
      call.destroy()
    }
    call.on('timeout', giveUp)
    // An answer may be on its way although sending fails: a refusal comes before the last byte.
    call.on('error', () => setTimeout(() => answered || giveUp(), 50))
    call.on('response', (response) => {
      answered = true
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', giveUp)
      response.on('close', () => resolve(answerOf(response.statusCode ?? 0, Buffer.concat(chunks).toString())))
    })
    void send(call, sending).then(
      () => cutAfter !== undefined && giveUp(),
      () => {},
    )
  })
}

async function send(call: ReturnType<typeof request>, sending: Sending): Promise<void> {
  const { bytes, lasting, cutAfter = Infinity } = sending
  const last = Math.min(bytes.length, cutAfter)
  const step = Math.max(1, Math.ceil(bytes.length / SLICES))
  call.flushHeaders()
  for (let at = 0; at < last; at += step) {
    const slice = bytes.subarray(at, Math.min(at + step, last))
    await new Promise<void>((resolve, reject) => {
      call.once('close', reject)
      call.write(slice, () => {
        call.off('close', reject)
        resolve()
      })
    })
    if (lasting) await sleep(lasting / SLICES)
  }
  if (last < bytes.length) return
  call.end()
  sending.onLastByte?.()
}

function answerOf(status: number, text: string): PutAnswer {
  try {
    const body = JSON.parse(text) as { error?: { code: string }; size: number; sha256: string }
    if (status === 200) return { status, code: 'ok', receipt: { size: body.size, sha256: body.sha256 } }
    return { status, code: body.error?.code ?? 'no code' }
  } catch {
    return status >= 500 ? { status, code: 'unreadable' } : NO_ANSWER
  }
}
