export type UploadState = 'waiting' | 'uploading' | 'processing' | 'ready' | 'failed'

/** One file on its way into the vault. Replaced, never changed: a row is redrawn only when its own item is another. */
export interface UploadItem {
  readonly id: number
  readonly name: string
  readonly size: number
  readonly state: UploadState
  readonly sentBytes: number
  /** Why it failed, in one sentence. */
  readonly reason: string | null
  /** False when trying again cannot help, or the file itself has arrived. */
  readonly retryable: boolean
  /** Known from the moment the server has made a place for the bytes. */
  readonly documentId: string | null
  /** A document that had these very bytes before. */
  readonly duplicateOf: Duplicate | null
}

export interface Duplicate {
  id: string
  title: string
}

export interface UploadTicket {
  uploadId: string
  documentId: string
  method: string
  url: string
  headers: { name: string; value: string }[]
  partSize: number | null
  parts: { number: number; url: string }[] | null
}

export interface DocumentNews {
  id: string
  status: 'UPLOADING' | 'PROCESSING' | 'READY' | 'FAILED'
  failure: string | null
  duplicates?: readonly Duplicate[]
}

/**
 * `again`: everything anew. `resume`: the parts that have arrived need not be sent again. `complete`: the bytes are
 * there, only the last step is missing. `never`: it cannot help.
 */
type Retry = 'again' | 'resume' | 'complete' | 'never'

/** A failure with a sentence for the person; any other error is told in general words. */
export class UploadFailure extends Error {
  readonly retry: Retry
  constructor(message: string, retry: Retry = 'again') {
    super(message)
    this.name = 'UploadFailure'
    this.retry = retry
  }
}

export interface UploadPorts {
  /** `replaces` is the document that the file is a newer version of. @throws UploadFailure when the server refuses it. */
  create(file: File, replaces: string | null): Promise<UploadTicket>
  /** Sends the bytes. @throws UploadFailure; when aborted, anything. */
  put(ticket: UploadTicket, file: File, sent: (bytes: number) => void, signal: AbortSignal): Promise<void>
  /** @throws UploadFailure */
  complete(ticket: UploadTicket): Promise<DocumentNews>
  /** Best effort: the server sweeps what is left behind. */
  abort(ticket: UploadTicket): Promise<void>
}

export interface UploadSummary {
  waiting: number
  uploading: number
  processing: number
  ready: number
  failed: number
  bytes: number
  sentBytes: number
}

/** What the queue remembers of an item and a row need not see. */
interface Work {
  file: File
  replaces: string | null
  ticket: UploadTicket | null
  allSent: boolean
  abort: AbortController | null
}

export type UploadQueue = ReturnType<typeof createUploadQueue>

/**
 * The way of each file: waiting → uploading → processing → ready, or failed from any of them. At most `atOnce` are
 * uploading; processing happens on the server and does not hold a place.
 */
export function createUploadQueue(ports: UploadPorts, on: { changed: () => void }, atOnce = 3) {
  const items = new Map<number, UploadItem>()
  const work = new Map<number, Work>()
  const byDocument = new Map<string, number>()
  const waiting: number[] = []
  let uploading = 0
  let lastId = 0

  function set(id: number, change: Partial<UploadItem>): void {
    const item = items.get(id)
    if (!item) return
    items.set(id, { ...item, ...change })
    on.changed()
  }

  function add(files: Iterable<File>, replaces: string | null = null): void {
    for (const file of files) {
      const id = ++lastId
      const { name, size } = file
      items.set(id, {
        id,
        name,
        size,
        state: 'waiting',
        sentBytes: 0,
        reason: null,
        retryable: false,
        documentId: null,
        duplicateOf: null,
      })
      work.set(id, { file, replaces, ticket: null, allSent: false, abort: null })
      waiting.push(id)
    }
    on.changed()
    pump()
  }

  function pump(): void {
    while (uploading < atOnce && waiting.length > 0) {
      const id = waiting.shift()!
      const mine = work.get(id)
      if (!mine || items.get(id)?.state !== 'waiting') continue
      uploading += 1
      void run(id, mine).finally(() => {
        uploading -= 1
        pump()
      })
    }
  }

  async function run(id: number, mine: Work): Promise<void> {
    const abort = new AbortController()
    mine.abort = abort
    set(id, { state: 'uploading', reason: null, retryable: false, sentBytes: mine.allSent ? mine.file.size : 0 })
    try {
      if (!mine.ticket) {
        mine.ticket = await ports.create(mine.file, mine.replaces)
        // Cancelled while the server was making the place: give it back.
        if (abort.signal.aborted) return void giveBack(mine.ticket)
        byDocument.set(mine.ticket.documentId, id)
        set(id, { documentId: mine.ticket.documentId })
      }
      if (!mine.allSent) {
        await ports.put(mine.ticket, mine.file, (sentBytes) => set(id, { sentBytes }), abort.signal)
        abort.signal.throwIfAborted()
        mine.allSent = true
      }
      mine.abort = null
      set(id, { sentBytes: mine.file.size })
      const news = await ports.complete(mine.ticket)
      if (items.get(id)?.state === 'uploading') set(id, { state: 'processing' })
      if (news.duplicates?.[0]) set(id, { duplicateOf: news.duplicates[0] })
      documentChanged(news)
    } catch (error) {
      if (!abort.signal.aborted) fail(id, mine, error)
    }
  }

  function fail(id: number, mine: Work, error: unknown): void {
    const failure =
      error instanceof UploadFailure ? error : new UploadFailure('Something went wrong on this page. Try again.')
    if (failure.retry === 'again' || failure.retry === 'never') forget(mine)
    set(id, {
      state: 'failed',
      reason: failure.message,
      retryable: failure.retry !== 'never',
      documentId: mine.ticket?.documentId ?? null,
    })
  }

  function forget(mine: Work): void {
    if (mine.ticket) {
      byDocument.delete(mine.ticket.documentId)
      giveBack(mine.ticket)
    }
    mine.ticket = null
    mine.allSent = false
  }

  function giveBack(ticket: UploadTicket): void {
    ports.abort(ticket).catch(() => {})
  }

  /** Ends an upload and takes it off the list. Once all bytes are sent it is the server's, and this does nothing. */
  function cancel(id: number): void {
    const mine = work.get(id)
    const state = items.get(id)?.state
    if (!mine || (state !== 'waiting' && !(state === 'uploading' && mine.abort))) return
    mine.abort?.abort()
    forget(mine)
    dismiss(id)
  }

  function cancelAll(): void {
    waiting.length = 0
    for (const id of [...items.keys()]) cancel(id)
  }

  function retry(id: number): void {
    const item = items.get(id)
    if (item?.state !== 'failed' || !item.retryable) return
    set(id, { state: 'waiting', reason: null, retryable: false })
    waiting.push(id)
    pump()
  }

  function retryFailed(): void {
    for (const id of items.keys()) retry(id)
  }

  /** Takes a row off the list; an upload under way must be cancelled instead. */
  function dismiss(id: number): void {
    const documentId = work.get(id)?.ticket?.documentId
    if (documentId) byDocument.delete(documentId)
    items.delete(id)
    work.delete(id)
    on.changed()
  }

  function clearFinished(): void {
    for (const { id, state } of [...items.values()]) if (state === 'ready' || state === 'failed') dismiss(id)
  }

  /** News may come before the answer to `complete`, twice, or out of order: a row only ever moves forward. */
  function documentChanged(news: DocumentNews): void {
    const id = byDocument.get(news.id)
    const item = id === undefined ? undefined : items.get(id)
    if (!item || (item.state !== 'uploading' && item.state !== 'processing')) return
    if (news.status === 'READY') set(item.id, { state: 'ready' })
    else if (news.status === 'FAILED') {
      set(item.id, { state: 'failed', reason: news.failure ?? 'The file is kept, but could not be read.' })
    } else if (news.status === 'PROCESSING' && item.state === 'uploading' && work.get(item.id)?.allSent) {
      set(item.id, { state: 'processing' })
    }
  }

  /** Deleted, here or elsewhere: a row would lead nowhere. One that is still uploading learns it by its own request. */
  function documentGone(documentId: string): void {
    const id = byDocument.get(documentId)
    if (id !== undefined && items.get(id)?.state !== 'uploading') dismiss(id)
  }

  function summary(): UploadSummary {
    const sum: UploadSummary = { waiting: 0, uploading: 0, processing: 0, ready: 0, failed: 0, bytes: 0, sentBytes: 0 }
    for (const item of items.values()) {
      sum[item.state] += 1
      if (item.state === 'failed') continue
      sum.bytes += item.size
      sum.sentBytes += item.state === 'waiting' || item.state === 'uploading' ? item.sentBytes : item.size
    }
    return sum
  }

  return {
    add,
    cancel,
    cancelAll,
    retry,
    retryFailed,
    dismiss,
    clearFinished,
    documentChanged,
    documentGone,
    summary,
    items: (): UploadItem[] => [...items.values()],
  }
}
