import { setTimeout as sleep } from 'node:timers/promises'
import { fromGlobalId } from '@archivolt/kit/graph/global-id'
import { COMPLETE_UPLOAD, CREATE_UPLOAD } from '../../e2e/src/api.ts'
import { Stuck, type Answer } from './client.ts'
import { DEEDS, makeFile, nameOf, NEEDS_SHA256, type Deed, type File, type Scene, type Upload } from './scene.ts'
import { beginBadly, bringBytes, put } from './sending.ts'
import { bringParts, missingParts } from './parts.ts'

const TRASH_DOCUMENTS = `mutation ($input: TrashDocumentsInput!) { trashDocuments(input: $input) { __typename ... on Error { code message } } }`
const PURGE_DOCUMENTS = `mutation ($input: PurgeDocumentsInput!) { purgeDocuments(input: $input) { __typename ... on Error { code message } } }`

/** One file, from the wish to put it into the vault to whatever comes of it. */
export async function doDeed(scene: Scene): Promise<void> {
  const { random, journal } = scene
  const deed = random.weighted(DEEDS)
  const file = makeFile(scene, deed)
  journal.count(`deed: ${deed}`)
  journal.entries.push(file.entry)
  const deadline = Date.now() + scene.patienceMs
  try {
    await perform(scene, deed, file, deadline)
  } catch (error) {
    if (!(error instanceof Stuck)) throw error
    if (file.entry.belief !== 'complete') file.entry.belief = 'unclear'
    if (!scene.over()) journal.blame(`stuck: ${error.message}`, nameOf(file.entry))
  }
}

async function perform(scene: Scene, deed: Deed, file: File, deadline: number): Promise<void> {
  const { client, journal, random } = scene
  const { entry } = file
  const declared = NEEDS_SHA256.includes(deed) || random.chance(0.2) ? entry.sha256 : undefined
  const input = { filename: file.filename, contentType: file.contentType, size: entry.size, sha256: declared }
  const created = await client.ask(CREATE_UPLOAD, { input }, deadline)
  if (deed === 'empty') {
    entry.belief = 'refused'
    if (created.type !== 'InvalidInputError') journal.blame(`an empty file was answered ${created.type}`, nameOf(entry))
    return
  }
  if (created.type !== 'CreateUploadSuccess')
    return journal.blame(`createUpload was answered ${created.type} ${created.code}`, nameOf(entry))
  const upload = created.data.upload as Upload
  entry.documentId = fromGlobalId('Document', upload.document.id) ?? undefined
  if (deed === 'never sent') return
  if (deed === 'aborted before sending') return abort(scene, file, upload, deadline)
  if (deed === 'aborted while sending') return abortWhileSending(scene, file, upload, deadline)

  if (deed === 'in parts') return completeParts(scene, file, upload, deadline)
  await beginBadly(scene, deed, file, upload)
  if (!(await bringBytes(scene, file, upload, deadline))) return
  if (deed === 'never completed') return
  if (deed === 'aborted when sent') return abort(scene, file, upload, deadline)
  if (deed === 'left while completing') return completeAndLeave(scene, file, upload)
  if (deed === 'completed and aborted at once') return completeAndAbort(scene, file, upload, deadline)
  const again = deed === 'completed twice' ? 2 : 1
  const answers = await Promise.all(Array.from({ length: again }, () => complete(scene, upload, deadline)))
  for (const answer of answers) takeCompletion(scene, file, answer)
  if (deed === 'completed and purged' && entry.belief === 'complete') await purge(scene, file, upload, deadline)
}

function complete(scene: Scene, upload: Upload, deadline: number): Promise<Answer> {
  scene.moments.tell('completing')
  return scene.client.complete(upload.id, deadline)
}

function takeCompletion({ journal }: Scene, { entry }: File, answer: Answer): void {
  if (answer.type !== 'CompleteUploadSuccess')
    return journal.blame(
      `all bytes had arrived, yet completeUpload was answered ${answer.type} ${answer.code}`,
      nameOf(entry),
    )
  entry.belief = 'complete'
  if (fromGlobalId('Document', answer.data.document.id) !== entry.documentId)
    journal.blame('completed as another document', nameOf(entry))
}

/** A storage that dies while it puts parts together has them still: asking again must get there in the end. */
async function completeParts(scene: Scene, file: File, upload: Upload, deadline: number): Promise<void> {
  if (!(await bringParts(scene, file, upload, deadline))) return
  for (let attempt = 0; ; attempt++) {
    const answer = await complete(scene, upload, deadline)
    // A completion that died over it holds the upload until its lease runs out.
    if (answer.code === 'documents.upload.busy') {
      scene.journal.count('in parts: busy')
      if (scene.over()) return
      if (Date.now() > deadline) throw new Stuck('the upload is held for ever')
      await scene.client.breathe(6)
      continue
    }
    if (answer.type !== 'UploadIncompleteError') return takeCompletion(scene, file, answer)
    const missing = await missingParts(scene, upload)
    scene.journal.count(`in parts: incomplete, ${missing?.length ?? 'unknown'} missing`)
    if (missing?.length) return scene.journal.blame(`parts ${missing.join()} were forgotten`, nameOf(file.entry))
    if (scene.over()) return
    if (Date.now() > deadline) throw new Stuck('all parts are there, yet completeUpload says they are not')
    await scene.client.breathe(5)
  }
}

async function completeAndLeave(scene: Scene, { entry }: File, upload: Upload): Promise<void> {
  const { random } = scene
  const { person } = scene.client
  entry.belief = 'unclear'
  scene.moments.tell('completing')
  await fetch(`${person.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${person.token}` },
    body: JSON.stringify({ query: COMPLETE_UPLOAD, variables: { input: { uploadId: upload.id } } }),
    signal: AbortSignal.timeout(random.between(1, 40)),
  }).catch(() => {})
}

async function abort(scene: Scene, { entry }: File, upload: Upload, deadline: number): Promise<void> {
  const { client, journal, random } = scene
  entry.belief = 'aborted'
  const answer = await client.abort(upload.id, deadline)
  // Not found: an earlier try did it, whose answer was lost.
  if (answer.type !== 'AbortUploadSuccess' && answer.type !== 'NotFoundError')
    journal.blame(`abortUpload was answered ${answer.type} ${answer.code}`, nameOf(entry))
  if (!random.chance(0.3)) return
  const after = await client.complete(upload.id, deadline)
  if (after.type !== 'NotFoundError')
    journal.blame(`completing after aborting was answered ${after.type}`, nameOf(entry))
}

/** Into the trash and out of the vault for good, perhaps while it is still being read. */
async function purge(scene: Scene, { entry }: File, { document }: Upload, deadline: number): Promise<void> {
  const { client, journal } = scene
  entry.belief = 'purged'
  for (const query of [TRASH_DOCUMENTS, PURGE_DOCUMENTS]) {
    const answer = await client.ask(query, { input: { ids: [document.id] } }, deadline)
    // Not found: an earlier try did it, whose answer was lost.
    if (!answer.type.endsWith('DocumentsSuccess') && answer.type !== 'NotFoundError')
      journal.blame(`purging was answered ${answer.type} ${answer.code}`, nameOf(entry))
  }
}

async function abortWhileSending(scene: Scene, file: File, upload: Upload, deadline: number): Promise<void> {
  const { random } = scene
  const lasting = random.between(50, 600)
  const sending = put(scene, file, upload, { lasting })
  await sleep(random.between(0, lasting + 100))
  await abort(scene, file, upload, deadline)
  const answer = await sending
  scene.journal.count(`PUT of an aborted upload: ${answer.status} ${answer.code}`)
}

async function completeAndAbort(scene: Scene, file: File, upload: Upload, deadline: number): Promise<void> {
  const { entry } = file
  entry.belief = 'unclear'
  const { client, journal } = scene
  const [completed, aborted] = await Promise.all([complete(scene, upload, deadline), client.abort(upload.id, deadline)])
  const kept = completed.type === 'CompleteUploadSuccess'
  const gone = aborted.type === 'AbortUploadSuccess'
  journal.count(`complete ‖ abort: ${completed.type || completed.code} ‖ ${aborted.type} ${aborted.code}`)
  if (kept && gone) journal.blame('completed and aborted, both with success', nameOf(entry))
  if (kept) entry.belief = 'complete'
  else if (gone) entry.belief = 'aborted'
}
