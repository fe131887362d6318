import { pick, seeded } from './random.ts'

/* Text as natural as arithmetic makes it: words as frequent as Zipf's law says, the most frequent ones those of English,
   the others made of syllables; lengths as letters, reports and books have them; some phrases that recur. */

const FREQUENT =
  'the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which one you were all her she there would their we him been has when who will no more if out so up said what its about than into them can only other time new some could these two may first then do any like my now over such our man me even most made after also did many off before must well back through years much where your way down should because long each just state those people too mr how little good world make very year still see own work men day get here old life both between being under three never know same last another while us might great go come since against right came take used himself few house american use place during high without again home around small however found mrs part school thought went say general once upon every left war does course fact water less public put think almost hand enough far took head yet government system set better told nothing night end why called didn eyes find going look asked later knew point next program city business give group toward young let room within members children side social given order case present national'.split(
    ' ',
  )
const BUSINESS =
  'invoice payment contract agreement report account customer delivery insurance policy statement balance interest tax annual quarter meeting minutes budget offer receipt warranty notice lease tenant landlord salary pension bank transfer reference amount total period purchase supplier vehicle travel expense medical certificate application energy electricity maintenance project schedule signature appendix confidential proposal quotation shipment inventory'.split(
    ' ',
  )
const ONSETS = 'b c d f g h j k l m n p r s t v w z br ch cl cr dr fl gr pl pr sh st str th tr'.split(' ')
const NUCLEI = 'a e i o u ai ea ie ou'.split(' ')
const CODAS = ['', '', '', 'n', 'r', 's', 't', 'l', 'm', 'nd', 'st', 'ck']

/** Phrases that recur in a small part of the documents. */
export const PHRASES = ['payment within thirty days', 'notice of termination', 'total amount due'] as const

const VOCABULARY = 60_000
/** The share of documents that say one of the phrases. */
const WITH_PHRASE = 0.1

export interface Text {
  title: string
  notes: string
  body: string
}

/** Makes texts; the same seed makes the same. */
export function createCorpus(seed: number): { words: readonly string[]; next(): Text } {
  const random = seeded(seed)
  const words = vocabulary(seeded(1))
  const cumulative = zipf(words.length)
  const word = (): string => words[find(cumulative, random())] as string
  const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

  const body = (): string => {
    // Most are letters of some hundred words, some are reports, a few are books.
    const length = Math.min(8_000, Math.round(60 * Math.exp(random() * 3.2) + (random() < 0.01 ? 4_000 : 0)))
    const sentences: string[] = []
    for (let count = 0; count < length;) {
      const size = 6 + Math.floor(random() * 14)
      sentences.push(`${capitalised(Array.from({ length: size }, word).join(' '))}.`)
      count += size
    }
    if (random() < WITH_PHRASE)
      sentences.splice(Math.floor(random() * sentences.length), 0, `${capitalised(pick(random, PHRASES))}.`)
    return sentences.join(' ')
  }
  return {
    words,
    next: () => ({
      title: capitalised(`${pick(random, BUSINESS)} ${word()} ${word()} ${2015 + Math.floor(random() * 11)}`),
      notes: random() < 0.1 ? `${capitalised(word())} ${word()} ${word()}` : '',
      body: body(),
    }),
  }
}

function vocabulary(random: () => number): string[] {
  const words = new Set(FREQUENT)
  let next = 0
  while (words.size < VOCABULARY) {
    // Words of trade are spread over the first thousands.
    if (words.size % 25 === 0 && next < BUSINESS.length) words.add(BUSINESS[next++] as string)
    const syllables = 1 + Math.floor(random() * 3.2)
    let word = ''
    for (let at = 0; at < syllables; at++) word += pick(random, ONSETS) + pick(random, NUCLEI) + pick(random, CODAS)
    words.add(word)
  }
  return [...words]
}

/** Cumulated shares by Zipf and Mandelbrot: the n-th word comes as often as 1 / (n + 2.7). */
function zipf(count: number): Float64Array {
  const cumulative = new Float64Array(count)
  let sum = 0
  for (let rank = 0; rank < count; rank++) cumulative[rank] = sum += 1 / (rank + 2.7)
  return cumulative.map((value) => value / sum)
}

function find(cumulative: Float64Array, value: number): number {
  let low = 0
  let high = cumulative.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((cumulative[middle] ?? 1) < value) low = middle + 1
    else high = middle
  }
  return low
}
