import { setTimeout as sleep } from 'node:timers/promises'
import { fromGlobalId } from '@archivolt/kit/graph/global-id'
import { Person } from '../../e2e/src/api.ts'
import { makeFile, type DrillFile } from './files.ts'

export interface Sent {
  /** The row's id. */
  id: string
  filename: string
  word: string | null
}

const PATIENCE_MS = 120_000

/** Sends files by several clients until all are said to be in; what failed on the way is sent again as the same upload. */
export async function sendAll(
  url: string,
  count: number,
  clients: number,
): Promise<{ sent: Sent[]; faults: string[] }> {
  const sent: Sent[] = []
  const faults: string[] = []
  let next = 0
  const client = async (): Promise<void> => {
    const person = await new Person(url).register('Sender')
    while (next < count) {
      const file = await makeFile(next++)
      try {
        sent.push({ id: await send(person, file), filename: file.filename, word: file.word })
      } catch (error) {
        faults.push(`${file.filename} could not be sent: ${(error as Error).message}`)
      }
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  return { sent, faults }
}

/** The upload is announced once: however often the rest is tried, there is one document. */
async function send(person: Person, file: DrillFile): Promise<string> {
  const { upload } = await patiently(async () => {
    const created = await person.announce(file.filename, file.contentType, file.bytes.length)
    if (!created?.upload) throw new Error(JSON.stringify(created))
    return created
  })
  await patiently(async () => {
    const headers = Object.fromEntries(
      upload.headers.map((header: { name: string; value: string }) => [header.name, header.value]),
    )
    const put = await person.put(upload.url, file.bytes, headers)
    if (!put.ok && put.status !== 409 && put.status !== 410) throw new Error(`${put.status} ${await put.text()}`)
    await put.arrayBuffer().catch(() => {})
  })
  return patiently(async () => {
    const { completeUpload } = await person.ask(COMPLETE, { input: { uploadId: upload.id } })
    const id = completeUpload.document ? fromGlobalId('Document', completeUpload.document.id) : null
    if (!id) throw new Error(JSON.stringify(completeUpload))
    return id
  })
}

const COMPLETE = `mutation ($input: CompleteUploadInput!) { completeUpload(input: $input) {
  ... on CompleteUploadSuccess { document { id } } ... on Error { code message } } }`

/** Tries until it works: a service that is being killed is back in some seconds. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + PATIENCE_MS; ;) {
    try {
      return await work()
    } catch (error) {
      if (Date.now() > deadline) throw error
      await sleep(250)
    }
  }
}
