import { Stuck } from './client.ts'
import { putBytes } from './put.ts'
import { nameOf, type File, type Scene, type Upload } from './scene.ts'

const AT_ONCE = 2

/** Sends all parts, in any order, some twice. @returns false when it was not to be */
export async function bringParts(scene: Scene, file: File, upload: Upload, deadline: number): Promise<boolean> {
  const { random, journal } = scene
  const { partSize, parts } = upload
  if (!partSize || !parts) {
    journal.blame('a large file got no parts', nameOf(file.entry))
    return false
  }
  const queue = parts.flatMap((part) => (random.chance(0.3) ? [part, part] : [part])).sort(() => random.next() - 0.5)
  let good = true
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let part = queue.pop(); part && good; part = queue.pop()) {
        const bytes = file.bytes.subarray((part.number - 1) * partSize, part.number * partSize)
        good &&= await bringPart(scene, file, part.url, bytes, deadline)
      }
    }),
  )
  return good
}

async function bringPart(scene: Scene, file: File, url: string, bytes: Buffer, deadline: number): Promise<boolean> {
  const { client, journal, random } = scene
  for (let attempt = 0; ; attempt++) {
    const answer = await putBytes({
      url: new URL(url, client.person.url),
      headers: {},
      bytes,
      announceLength: random.chance(0.7),
      lasting: 0,
      cutAfter: random.chance(0.1) ? random.between(0, bytes.length - 1) : undefined,
      onLastByte: () => scene.moments.tell('last byte'),
    })
    if (answer.status !== 200) journal.count(`PUT of a part: ${answer.status} ${answer.code}`)
    if (answer.receipt?.size === bytes.length) return true
    if (answer.status > 0 && answer.status < 500) {
      journal.blame(`a part was answered ${answer.status} ${answer.code}`, nameOf(file.entry))
      return false
    }
    if (scene.over()) return false
    if (Date.now() > deadline) throw new Stuck(`a part could not be sent: ${answer.status} ${answer.code}`)
    await client.breathe(attempt)
  }
}

/** The numbers of the parts that storage says it lacks; null when it does not say. */
export async function missingParts({ client }: Scene, { url, parts }: Upload): Promise<number[] | null> {
  try {
    const reply = await fetch(new URL(`${url}/parts`, client.person.url))
    const { received } = (await reply.json()) as { received: { number: number }[] }
    const there = new Set(received.map(({ number }) => number))
    return (parts ?? []).map(({ number }) => number).filter((number) => !there.has(number))
  } catch {
    return null
  }
}
