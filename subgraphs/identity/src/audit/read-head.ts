import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { SignedHead } from './usecases/verify-audit.ts'

const lastLine = z.object({
  head: z.object({
    day: z.iso.date(),
    events: z.number().int(),
    lastSeq: z.number().int(),
    mac: z.string(),
    sha256: z.string(),
  }),
  signature: z.string(),
})

/** No line of the log comes near this. */
const MAX_LINE = 1024 * 1024

/**
 * The signed head of an exported file, once the lines before it are the ones it speaks of.
 * @throws Error saying what is wrong with the file
 */
export async function readHead(source: string, bytes: AsyncIterable<Buffer>): Promise<SignedHead> {
  const hash = createHash('sha256')
  const decoder = new TextDecoder()
  let pending = ''
  let last = ''
  for await (const chunk of bytes) {
    pending += decoder.decode(chunk, { stream: true })
    const lines = pending.split('\n')
    pending = lines.pop() ?? ''
    if (pending.length > MAX_LINE) throw new Error(`${source} is no file of the audit log.`)
    for (const line of lines) {
      // Only the line that turns out to be the last is not counted.
      if (last !== '') hash.update(`${last}\n`)
      last = line
    }
  }
  const parsed = lastLine.safeParse(parse(last))
  if (pending !== '' || !parsed.success) throw new Error(`${source} ends without its signed head: it was cut off.`)
  if (parsed.data.head.sha256 !== hash.digest('hex')) throw new Error(`The lines of ${source} were changed.`)
  return { ...parsed.data, source }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
