import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { putBytes } from './put-bytes.ts'
import type { UploadTicket } from './upload-queue.ts'

const FILE = new File([new Uint8Array(25)], 'scan.pdf')
const TICKET: UploadTicket = {
  uploadId: 'u',
  documentId: 'd',
  method: 'PUT',
  url: '/files/uploads/t',
  headers: [],
  partSize: 10,
  parts: [1, 2, 3].map((number) => ({ number, url: `/files/uploads/t/parts/${number}` })),
}

/** What each address answers, one after the other; 0 stands for a lost connection. */
let answers: Record<string, number[]>
let asked: string[]
let received: { number: number; size: number }[]

class FakeRequest {
  upload: { onprogress?: (event: { loaded: number }) => void } = {}
  status = 0
  url = ''
  onload = () => {}
  onerror = () => {}
  onabort = () => {}
  open(_method: string, url: string) {
    this.url = url
  }
  setRequestHeader() {}
  abort() {
    this.onabort()
  }
  send(body: Blob) {
    asked.push(this.url)
    queueMicrotask(() => {
      this.status = answers[this.url]?.shift() ?? 204
      if (this.status === 0) return this.onerror()
      this.upload.onprogress?.({ loaded: body.size })
      this.onload()
    })
  }
}

beforeEach(() => {
  vi.useFakeTimers()
  answers = {}
  asked = []
  received = []
  vi.stubGlobal('XMLHttpRequest', FakeRequest)
  vi.stubGlobal('fetch', async () => Response.json({ received }))
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

async function send(signal = new AbortController().signal, ticket = TICKET) {
  const told: number[] = []
  const sending = putBytes(ticket, FILE, (bytes) => told.push(bytes), signal).then(
    () => null,
    (error: unknown) => error as { message: string; retry?: string },
  )
  await vi.runAllTimersAsync()
  return { failure: await sending, told }
}
const part = (number: number) => `/files/uploads/t/parts/${number}`

it('sends a file in its parts, and counts what has gone', async () => {
  const { failure, told } = await send()
  expect(failure).toBeNull()
  expect(asked).toEqual([part(1), part(2), part(3)])
  expect(told.at(-1)).toBe(25)
})

it('sends a part again by itself when the connection was lost or the store is busy, and no other', async () => {
  answers[part(2)] = [0, 503]
  const { failure } = await send()
  expect(failure).toBeNull()
  expect(asked).toEqual([part(1), part(2), part(2), part(2), part(3)])
})

it('gives a part up after a while, so that another try goes on where it was', async () => {
  answers[part(2)] = [0, 0, 0, 0]
  const { failure } = await send()
  expect(failure).toMatchObject({ retry: 'resume' })
  received = [{ number: 1, size: 10 }]
  asked = []
  expect((await send()).failure).toBeNull()
  expect(asked).toEqual([part(2), part(3)])
})

it('does not take a part for sent that arrived with another size', async () => {
  received = [{ number: 1, size: 7 }]
  await send()
  expect(asked[0]).toBe(part(1))
})

it('does not send a file again that the store refuses', async () => {
  answers[part(1)] = [413]
  expect((await send()).failure).toMatchObject({ retry: 'never' })
  expect(asked).toEqual([part(1)])
})

it('sends it whole where there are no parts', async () => {
  const { failure } = await send(undefined, { ...TICKET, parts: null, partSize: null })
  expect(failure).toBeNull()
  expect(asked).toEqual(['/files/uploads/t'])
})
