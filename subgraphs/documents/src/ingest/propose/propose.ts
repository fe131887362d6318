import { proposeDates } from './dates.ts'
import { proposeLanguage } from './language.ts'
import { proposeTitle } from './title.ts'

/** What a document's content suggests; a person decides. */
export interface Proposals {
  /** ISO 639-1 where there is such a code, else 639-3; null where the text does not tell. */
  language: string | null
  title: string | null
  /** Days as `2025-03-17`, the likeliest first. */
  dates: string[]
}

/** Characters that are looked at: the beginning says what a document is about. */
const SAMPLE = 20_000

export interface Subject {
  text: string
  /** What the file itself calls its title. */
  title: string | null
  filename: string
  /** Whether lines are sentences: tables and settings have neither a language nor a headline. */
  prose: boolean
}

export function propose(about: Subject): Proposals {
  const text = about.text.slice(0, SAMPLE)
  const language = about.prose ? proposeLanguage(text) : null
  return {
    language,
    title: proposeTitle({ ...about, text }),
    dates: proposeDates({ text, filename: about.filename, language }),
  }
}
