import { beforeEach, describe, expect, it, vi } from 'vitest'
import {
  createUploadQueue,
  UploadFailure,
  type DocumentNews,
  type UploadPorts,
  type UploadTicket,
} from './upload-queue.ts'

interface Running {
  ticket: UploadTicket
  sent: (bytes: number) => void
  finish: () => void
  fail: (error: unknown) => void
}

const file = (name: string, size = 10) => new File(['x'.repeat(size)], name, { type: 'text/plain' })
const settle = () => new Promise((resolve) => setTimeout(resolve))

/** A server in a few lines: puts wait until the test lets them go. */
function fakePorts() {
  const running: Running[] = []
  const aborted: string[] = []
  let created = 0
  const ports: UploadPorts = {
    create: async () => {
      created += 1
      return {
        uploadId: `u${created}`,
        documentId: `d${created}`,
        method: 'PUT',
        url: '/files/x',
        headers: [],
        partSize: null,
        parts: null,
      }
    },
    put: (ticket, _file, sent, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
        running.push({ ticket, sent, finish: resolve, fail: reject })
      }),
    complete: async (ticket): Promise<DocumentNews> => ({ id: ticket.documentId, status: 'PROCESSING', failure: null }),
    abort: async (ticket) => void aborted.push(ticket.uploadId),
  }
  return { ports, running, aborted }
}

let server: ReturnType<typeof fakePorts>
let changed: ReturnType<typeof vi.fn<() => void>>
let queue: ReturnType<typeof createUploadQueue>
const states = () => queue.items().map((item) => item.state)

beforeEach(() => {
  server = fakePorts()
  changed = vi.fn<() => void>()
  queue = createUploadQueue(server.ports, { changed })
})

describe('the upload queue', () => {
  it('uploads three at a time, and the next when one is done', async () => {
    queue.add(['a', 'b', 'c', 'd', 'e'].map((name) => file(name)))
    await settle()
    expect(states()).toEqual(['uploading', 'uploading', 'uploading', 'waiting', 'waiting'])
    server.running[1]!.finish()
    await settle()
    expect(states()).toEqual(['uploading', 'processing', 'uploading', 'uploading', 'waiting'])
  })

  it('takes a file from waiting to ready', async () => {
    queue.add([file('a')])
    expect(states()).toEqual(['uploading'])
    await settle()
    server.running[0]!.sent(4)
    expect(queue.items()[0]).toMatchObject({ sentBytes: 4, documentId: 'd1' })
    server.running[0]!.finish()
    await settle()
    expect(queue.items()[0]).toMatchObject({ state: 'processing', sentBytes: 10 })
    queue.documentChanged({ id: 'd1', status: 'READY', failure: null })
    expect(states()).toEqual(['ready'])
  })

  it('keeps READY when it comes before the answer that says PROCESSING', async () => {
    let answer: (news: DocumentNews) => void = () => {}
    server.ports.complete = () => new Promise((resolve) => (answer = resolve))
    queue.add([file('a')])
    await settle()
    server.running[0]!.finish()
    await settle()
    queue.documentChanged({ id: 'd1', status: 'READY', failure: null })
    answer({ id: 'd1', status: 'PROCESSING', failure: null })
    await settle()
    expect(states()).toEqual(['ready'])
  })

  it('shows why the server refused a file, and goes on with the others', async () => {
    const create = server.ports.create
    server.ports.create = (f, replaces) =>
      f.name === 'big' ? Promise.reject(new UploadFailure('Too large.', 'never')) : create(f, replaces)
    queue.add([file('big'), file('b')])
    await settle()
    expect(queue.items()[0]).toMatchObject({
      state: 'failed',
      reason: 'Too large.',
      retryable: false,
      documentId: null,
    })
    expect(states()).toEqual(['failed', 'uploading'])
    queue.retry(1)
    expect(states()[0]).toBe('failed')
  })

  it('gives the place back when the bytes fail, and retries with a new ticket', async () => {
    queue.add([file('a')])
    await settle()
    server.running[0]!.fail(new UploadFailure('The connection was lost.'))
    await settle()
    expect(queue.items()[0]).toMatchObject({ state: 'failed', retryable: true, documentId: null })
    expect(server.aborted).toEqual(['u1'])
    queue.retry(1)
    await settle()
    expect(queue.items()[0]).toMatchObject({ state: 'uploading', sentBytes: 0, reason: null, documentId: 'd2' })
  })

  it('keeps its ticket when parts can go on from where they were', async () => {
    queue.add([file('a')])
    await settle()
    server.running[0]!.fail(new UploadFailure('The connection was lost.', 'resume'))
    await settle()
    expect(server.aborted).toEqual([])
    queue.retry(1)
    await settle()
    expect(queue.items()[0]).toMatchObject({ state: 'uploading', documentId: 'd1' })
  })

  it('shows where the same bytes are already', async () => {
    const complete = server.ports.complete
    const duplicates = [{ id: 'old', title: 'Old scan' }]
    server.ports.complete = async (ticket) => ({ ...(await complete(ticket)), duplicates })
    queue.add([file('a')])
    await settle()
    server.running[0]!.finish()
    await settle()
    expect(queue.items()[0]).toMatchObject({ state: 'processing', duplicateOf: { id: 'old', title: 'Old scan' } })
  })

  it('does not send the bytes twice when only the last step failed', async () => {
    const complete = server.ports.complete
    server.ports.complete = () => Promise.reject(new UploadFailure('Away.', 'complete'))
    queue.add([file('a')])
    await settle()
    server.running[0]!.finish()
    await settle()
    expect(queue.items()[0]).toMatchObject({ state: 'failed', retryable: true })
    server.ports.complete = complete
    queue.retry(1)
    await settle()
    expect(states()).toEqual(['processing'])
    expect(server.running).toHaveLength(1)
    expect(server.aborted).toEqual([])
  })

  it('cancels while uploading, gives the place back and starts the next', async () => {
    queue.add(['a', 'b', 'c', 'd'].map((name) => file(name)))
    await settle()
    queue.cancel(1)
    await settle()
    expect(queue.items().map((item) => [item.name, item.state])).toEqual([
      ['b', 'uploading'],
      ['c', 'uploading'],
      ['d', 'uploading'],
    ])
    expect(server.aborted).toEqual(['u1'])
  })

  it('gives the place back when cancelled before the server had answered', async () => {
    queue.add([file('a')])
    queue.cancel(1)
    await settle()
    expect(queue.items()).toEqual([])
    expect(server.aborted).toEqual(['u1'])
    expect(server.running).toEqual([])
  })

  it('does not cancel what the server already has', async () => {
    queue.add([file('a')])
    await settle()
    server.running[0]!.finish()
    await settle()
    queue.cancel(1)
    expect(states()).toEqual(['processing'])
  })

  it('tells why the server could not read a document; the file has arrived, so there is nothing to retry', async () => {
    queue.add([file('a')])
    await settle()
    server.running[0]!.finish()
    await settle()
    queue.documentChanged({ id: 'd1', status: 'FAILED', failure: 'The PDF is encrypted.' })
    expect(queue.items()[0]).toMatchObject({
      state: 'failed',
      reason: 'The PDF is encrypted.',
      retryable: false,
      documentId: 'd1',
    })
  })

  it('takes a document off the list that was deleted, but leaves one under way to its own request', async () => {
    queue.add([file('a'), file('b')])
    await settle()
    server.running[0]!.finish()
    await settle()
    queue.documentGone('d1')
    queue.documentGone('d2')
    expect(queue.items().map((item) => item.name)).toEqual(['b'])
  })

  it('ignores news of other documents', () => {
    queue.documentChanged({ id: 'elsewhere', status: 'READY', failure: null })
    expect(changed).not.toHaveBeenCalled()
  })

  it('takes a thousand files in one change', async () => {
    queue.add(Array.from({ length: 1000 }, (_, index) => file(`${index}`)))
    expect(changed.mock.calls.length).toBeLessThan(10)
    expect(queue.summary()).toMatchObject({ uploading: 3, waiting: 997, bytes: 10_000 })
  })

  it('clears what is done and leaves what is under way', async () => {
    queue.add([file('a'), file('b')])
    await settle()
    server.running[0]!.fail(new Error('odd'))
    await settle()
    queue.clearFinished()
    expect(queue.items().map((item) => item.name)).toEqual(['b'])
  })
})
