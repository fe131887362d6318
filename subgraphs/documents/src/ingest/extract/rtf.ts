import { onePage, type Extracted } from './extracted.ts'
import { Unreadable } from './unreadable.ts'

/** Groups that hold no text of the document. */
const SILENT = new Set([
  ...['fonttbl', 'colortbl', 'stylesheet', 'info', 'pict', 'object', 'objdata', 'themedata', 'colorschememapping'],
  ...['datastore', 'latentstyles', 'listtable', 'listoverridetable', 'rsidtbl', 'generator', 'fldinst', 'xmlnstbl'],
  ...['bkmkstart', 'bkmkend', 'filetbl', 'revtbl', 'mmathPr', 'nonshppict', 'blipuid', 'wgrffmtfilter', 'pgdsctbl'],
])
/** Words that stand for characters. */
const CHARACTERS: Record<string, string> = {
  ...{ par: '\n', line: '\n', row: '\n', page: '\n', sect: '\n', tab: '\t', cell: '\t', nestcell: '\t', nestrow: '\n' },
  ...{ emdash: '\u2014', endash: '\u2013', bullet: '\u2022', lquote: '\u2018', rquote: '\u2019' },
  ...{ ldblquote: '\u201C', rdblquote: '\u201D', emspace: ' ', enspace: ' ', qmspace: ' ' },
}
const MAX_DEPTH = 1000
const CONTROL = /\\([a-zA-Z]{1,32})(-?\d{1,10})? ?/y

interface Group {
  silent: boolean
  /** Characters that stand in for one `\u` on programs that do not know it (`\uc`). */
  fallback: number
  title: boolean
}

/**
 * The text of a rich text file, by one pass over its bytes: groups, control words, characters in the file's code page.
 * @throws Unreadable when it is not one or nests too deep
 */
export function readRtf(bytes: Uint8Array, maxCharacters: number): Extracted {
  // One character a byte: control words are ASCII, and the rest is decoded by its code page.
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  if (!source.startsWith('{\\rtf')) throw new Unreadable('The file is not rich text.')
  let decoder = codePage(1252)
  const groups: Group[] = []
  let group: Group = { silent: false, fallback: 1, title: false }
  let text = ''
  let title = ''
  let pending: number[] = []
  let skip = 0

  const flush = () => {
    if (pending.length === 0) return
    const decoded = decoder.decode(Uint8Array.from(pending))
    pending = []
    put(decoded)
  }
  const put = (part: string) => {
    if (group.title) title += part
    else if (!group.silent) text += part
  }
  const byte = (value: number) => {
    if (skip > 0) skip--
    else pending.push(value)
  }

  for (let at = 0; at < source.length && text.length < maxCharacters;) {
    const character = source[at]
    if (character === '{') {
      flush()
      if (groups.length >= MAX_DEPTH) throw new Unreadable('The file nests its parts too deep to be read.')
      groups.push(group)
      group = { ...group }
      skip = 0
      at++
    } else if (character === '}') {
      flush()
      group = groups.pop() ?? group
      skip = 0
      at++
    } else if (character !== '\\') {
      if (character !== '\r' && character !== '\n') byte(source.charCodeAt(at))
      at++
    } else if (source[at + 1] === "'") {
      const value = Number.parseInt(source.slice(at + 2, at + 4), 16)
      if (!Number.isNaN(value)) byte(value)
      at += 4
    } else {
      CONTROL.lastIndex = at
      const match = CONTROL.exec(source)
      if (!match) {
        flush()
        symbol(source[at + 1])
        at += 2
        continue
      }
      at = CONTROL.lastIndex
      const [, word = '', parameter] = match
      if (word !== 'u') flush()
      if (word === 'bin') at += Math.max(0, Number(parameter ?? 0))
      else control(word, parameter)
    }
  }
  flush()
  return onePage(text, title.trim() || null)

  function symbol(character: string | undefined): void {
    if (character === '*') group.silent = true
    else if (character === '~') put('\u00A0')
    else if (character === '_') put('-')
    else if (character === '\n' || character === '\r') put('\n')
    else if (character === '\\' || character === '{' || character === '}') put(character)
  }

  function control(word: string, parameter: string | undefined): void {
    if (word === 'u') {
      flush()
      const unit = Number(parameter ?? 0)
      put(String.fromCharCode(unit < 0 ? unit + 65_536 : unit))
      skip = group.fallback
    } else if (word === 'uc') group.fallback = Math.min(10, Math.max(0, Number(parameter ?? 1)))
    else if (word === 'ansicpg') decoder = codePage(Number(parameter))
    else if (word === 'title' && group.silent) group.title = true
    else if (SILENT.has(word)) group.silent = true
    else if (Object.hasOwn(CHARACTERS, word)) put(CHARACTERS[word] as string)
  }
}

function codePage(number: number): InstanceType<typeof TextDecoder> {
  const name = { 65001: 'utf-8', 932: 'shift_jis', 936: 'gbk', 949: 'euc-kr', 950: 'big5', 10000: 'macintosh' }[number]
  try {
    return new TextDecoder(name ?? `windows-${number}`)
  } catch {
    return new TextDecoder('windows-1252')
  }
}
