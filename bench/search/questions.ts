import { PHRASES } from './corpus.ts'
import { pick } from './random.ts'

export interface Question {
  kind: string
  search: string
  facets: boolean
}

/** What people ask for, each kind with words drawn anew: none is answered from the memory of the one before. */
export const KINDS: Record<string, (words: readonly string[], random: () => number) => string> = {
  'very frequent word': (words, random) => `${words[Math.floor(random() * 12)]} `,
  'one word': (words, random) => `${words[200 + Math.floor(random() * 2_000)]} `,
  'rare word': (words, random) => `${words[15_000 + Math.floor(random() * 40_000)]} `,
  'three words': (words, random) =>
    [40, 300, 900].map((from) => words[from + Math.floor(random() * from)]).join(' ') + ' ',
  phrase: (_words, random) => `"${pick(random, PHRASES)}"`,
  'frequent phrase': (words, random) => `"${words[Math.floor(random() * 8)]} ${words[Math.floor(random() * 8)]}"`,
  beginning: (words, random) => (words[200 + Math.floor(random() * 5_000)] as string).slice(0, 3),
  filters: (words, random) =>
    `${words[100 + Math.floor(random() * 400)]} type:pdf date:>2015 category:"category ${1 + Math.floor(random() * 12)}"`,
  'filters alone': (_words, random) => `type:image -topic:"topic ${1 + Math.floor(random() * 30)}" date:2020..2022`,
  facets: (words, random) => `${words[100 + Math.floor(random() * 400)]} `,
}

export function ask(kind: string, words: readonly string[], random: () => number): Question {
  return { kind, search: KINDS[kind]?.(words, random) ?? '', facets: kind === 'facets' }
}
