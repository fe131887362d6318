import { noise } from '../lib/random.ts'
import { Stuck } from './client.ts'
import { putBytes, type PutAnswer, type Sending } from './put.ts'
import { nameOf, type Deed, type File, type Scene, type Upload } from './scene.ts'

/** A first attempt that must not be taken. */
export async function beginBadly(scene: Scene, deed: Deed, file: File, upload: Upload): Promise<void> {
  const { random } = scene
  const { bytes } = file
  const wrong: Partial<Record<Deed, () => Partial<Sending>>> = {
    'cut and sent again': () => ({ cutAfter: random.between(0, bytes.length - 1), announceLength: true }),
    'wrong bytes first': () => ({
      bytes: Buffer.concat([bytes.subarray(1), bytes.subarray(0, 1).map((byte) => byte ^ 1)]),
    }),
    'too few bytes first': () => ({ bytes: bytes.subarray(0, random.between(0, bytes.length - 1)) }),
    'too many bytes first': () => ({ bytes: Buffer.concat([bytes, noise(random.magnitude(1, 100_000), 'more')]) }),
  }
  const way = wrong[deed]?.()
  if (!way) return
  const answer = await put(scene, file, upload, way)
  scene.journal.count(`${deed}: ${answer.status} ${answer.code}`)
  if (answer.status === 200 && way.cutAfter === undefined)
    scene.journal.blame('wrong bytes were taken', nameOf(file.entry))
}

/** One attempt. */
export function put(scene: Scene, file: File, upload: Upload, way: Partial<Sending> = {}): Promise<PutAnswer> {
  const { random } = scene
  return putBytes({
    url: new URL(upload.url, scene.client.person.url),
    headers: Object.fromEntries(upload.headers.map(({ name, value }) => [name, value])),
    bytes: file.bytes,
    announceLength: random.chance(0.7),
    lasting: random.chance(0.6) ? 0 : random.magnitude(50, 1500),
    onLastByte: () => scene.moments.tell('last byte'),
    ...way,
  })
}

/** Sends the bytes until they have arrived. @returns false when it was not to be */
export async function bringBytes(scene: Scene, file: File, upload: Upload, deadline: number): Promise<boolean> {
  const { client, journal } = scene
  const { entry } = file
  for (let attempt = 0; ; attempt++) {
    const answer = await put(scene, file, upload)
    if (answer.status !== 200) journal.count(`PUT: ${answer.status} ${answer.code}`)
    if (answer.code === 'storage.upload.used') return true
    if (answer.receipt) {
      const { size, sha256 } = answer.receipt
      if (size === entry.size && sha256 === entry.sha256) return true
      journal.blame(`a receipt for other bytes: ${size} ${sha256}`, nameOf(entry))
      return false
    }
    const passing = answer.status === 0 || answer.status >= 500 || answer.code === 'storage.upload.busy'
    if (!passing) {
      journal.blame(`the right bytes were answered ${answer.status} ${answer.code}`, nameOf(entry))
      return false
    }
    if (scene.over()) return false
    if (Date.now() > deadline) throw new Stuck(`the bytes could not be sent: ${answer.status} ${answer.code}`)
    await client.breathe(answer.code === 'storage.upload.busy' ? 5 : attempt)
  }
}
