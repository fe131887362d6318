import path from 'node:path'
import { Person } from '../../e2e/src/api.ts'
import { curl } from './curl.ts'
import type { Workload } from './workloads.ts'

/** Seconds: of the bytes alone, and with everything that the API asks for around them. */
export interface Took {
  transfer: number
  whole: number
}

/** As many operations as one request may hold. */
const BATCH = 20
const BATCHES_AT_ONCE = 4
const PAGE = 100

const CREATE = `createUpload(input: $i) { ... on CreateUploadSuccess { upload { id url headers { name value } } } ... on Error { code message } }`
const COMPLETE = `completeUpload(input: $i) { ... on CompleteUploadSuccess { document { id } } ... on Error { code message } }`
const LIST = `query ($after: String) { documents(first: ${PAGE}, after: $after) {
  edges { node { file { sha256 download { url } } } } pageInfo { hasNextPage endCursor } } }`

/** Uploads a workload as a person of its own, who owns nothing else. */
export async function uploadAll(url: string, workload: Workload): Promise<{ person: Person; took: Took }> {
  const person = await new Person(url).register('Bench')
  const started = performance.now()
  const inputs = workload.files.map(({ path: file, size }) => ({
    filename: path.basename(file),
    contentType: 'application/octet-stream',
    size,
  }))
  const uploads = (await inBatches(person, 'CreateUploadInput', CREATE, inputs)).map(({ upload }) => upload as Upload)
  const headers = (uploads[0]?.headers ?? []).map(({ name, value }) => `${name}: ${value}`)
  const transfer = await curl(
    uploads.map((upload, at) => ({ url: new URL(upload.url, url).href, send: workload.files[at]?.path })),
    { headers, parallel: workload.parallel },
  )
  await inBatches(
    person,
    'CompleteUploadInput',
    COMPLETE,
    uploads.map(({ id }) => ({ uploadId: id })),
  )
  return { person, took: { transfer, whole: (performance.now() - started) / 1000 } }
}

/** Downloads all that the person has. @throws Error when the vault lists other files than were sent */
export async function downloadAll(person: Person, workload: Workload): Promise<Took> {
  const started = performance.now()
  const files: { sha256: string; download: { url: string } }[] = []
  for (let after: string | null = null; ;) {
    const { documents } = await person.ask(LIST, { after })
    files.push(...documents.edges.map(({ node }: { node: { file: (typeof files)[number] } }) => node.file))
    if (!documents.pageInfo.hasNextPage) break
    after = documents.pageInfo.endCursor
  }
  const hashes = (list: readonly { sha256: string }[]) => JSON.stringify(list.map(({ sha256 }) => sha256).sort())
  if (hashes(files) !== hashes(workload.files)) throw new Error('the vault lists other files than were sent')
  const urls = files.map(({ download }) => ({ url: new URL(download.url, person.url).href }))
  const transfer = await curl(urls, { parallel: workload.parallel })
  return { transfer, whole: (performance.now() - started) / 1000 }
}

interface Upload {
  id: string
  url: string
  headers: { name: string; value: string }[]
}

/** One mutation for each input, several to a request, in the order of the inputs. */
async function inBatches(
  person: Person,
  type: string,
  field: string,
  inputs: readonly object[],
): Promise<Record<string, unknown>[]> {
  const results: Record<string, unknown>[] = new Array(inputs.length)
  const starts = Array.from({ length: Math.ceil(inputs.length / BATCH) }, (_, at) => at * BATCH)
  const worker = async () => {
    for (let start = starts.shift(); start !== undefined; start = starts.shift()) {
      const batch = inputs.slice(start, start + BATCH)
      const variables = Object.fromEntries(batch.map((input, at) => [`i${at}`, input]))
      const declared = batch.map((_, at) => `$i${at}: ${type}!`).join(' ')
      const fields = batch.map((_, at) => `a${at}: ${field.replace('$i', `$i${at}`)}`).join('\n')
      const data = await person.ask(`mutation (${declared}) { ${fields} }`, variables)
      for (let at = 0; at < batch.length; at++) {
        const result = data[`a${at}`] as Record<string, unknown>
        if (result.code) throw new Error(`${type}: ${String(result.code)} ${String(result.message)}`)
        results[start + at] = result
      }
    }
  }
  await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, worker))
  return results
}
