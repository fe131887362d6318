/** What a template is given: times as ISO 8601, `name` of the person, `link` where there is one. */
export type Values = Readonly<Record<string, string | undefined>>

export interface Content {
  subject: string
  paragraphs: readonly string[]
  /** The one thing to do. */
  action?: { label: string; url: string }
}

/** A mail in each language it is written in; English is always there. */
export interface Template {
  en: (values: Values) => Content
  [language: string]: (values: Values) => Content
}

/** `2026-03-01 12:00 UTC`, for a mail that may be read anywhere. */
export const when = (iso: string | undefined): string =>
  iso ? `${iso.slice(0, 16).replace('T', ' ')} UTC` : 'just now'

/** The sentence that ends every mail about something that happened to an account. */
export const NOT_YOU =
  'If this was not you, change your password at once, sign out everywhere, and tell your administrator.'
