import { SaxesParser, type SaxesTagPlain } from 'saxes'
import { onePage, type Extracted } from './extracted.ts'
import { decodeText } from './plain.ts'
import { Unreadable } from './unreadable.ts'

export interface XmlHandlers {
  /** Names come without their prefix; attributes with theirs. */
  open?(name: string, attributes: Record<string, string>): void
  close?(name: string): void
  text?(text: string): void
}

/** Documents nest their tags some dozen deep. */
const MAX_DEPTH = 1000

/**
 * Walks through XML as it streams in. Entities of its own making are not expanded, nothing is fetched.
 * @param enough ends the walk early when it answers true
 * @throws Unreadable when it is not well-formed or nests too deep
 */
export async function walkXml(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  handlers: XmlHandlers,
  enough: () => boolean = () => false,
): Promise<void> {
  const parser = new SaxesParser({ xmlns: false })
  let depth = 0
  parser.on('error', (error) => {
    throw new Unreadable('A part of the file is damaged.', { cause: error })
  })
  parser.on('opentag', (tag: SaxesTagPlain) => {
    if (++depth > MAX_DEPTH) throw new Unreadable('The file nests its parts too deep to be read.')
    handlers.open?.(bare(tag.name), tag.attributes as Record<string, string>)
  })
  parser.on('closetag', (tag) => {
    depth--
    handlers.close?.(bare(tag.name))
  })
  const text = (part: string) => handlers.text?.(part)
  parser.on('text', text)
  parser.on('cdata', text)
  const decoder = new TextDecoder('utf-8')
  for await (const chunk of chunks) {
    parser.write(decoder.decode(chunk, { stream: true }))
    if (enough()) return
  }
  parser.close()
}

const bare = (name: string): string => name.slice(name.indexOf(':') + 1)

/** What says nothing to a reader of the page. */
const SILENT = new Set(['script', 'style'])

/** The text between the tags; of XML that is not well-formed, whatever is not a tag. */
export async function readXml(bytes: Uint8Array, maxCharacters: number): Promise<Extracted> {
  const source = decodeText(bytes, /^<\?xml[^>]{1,200}?encoding\s*=\s*["']([\w-]{1,40})/.exec(head(bytes))?.[1])
  const parts: string[] = []
  let length = 0
  let silent = 0
  let title: string | null = null
  let inTitle = false
  try {
    await walkXml(
      [new TextEncoder().encode(source)],
      {
        open(name) {
          if (SILENT.has(name)) silent++
          inTitle = name === 'title' && title === null
        },
        close(name) {
          if (SILENT.has(name)) silent--
          inTitle = false
          parts.push(' ')
        },
        text(text) {
          if (silent > 0) return
          if (inTitle) title = text.trim() || null
          parts.push(text)
          length += text.length
        },
      },
      () => length >= maxCharacters,
    )
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    return onePage(source.replace(/<[^<>]{0,10000}>/g, ' '))
  }
  return onePage(parts.join('').trim(), title)
}

const head = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes.subarray(0, 300))
