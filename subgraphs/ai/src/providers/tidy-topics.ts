import type { ProposedTopic } from './provider.ts'

/** The most topics of one answer. */
export const MAX_TOPICS = 8
/** Characters a topic may have; a longer one is a sentence. */
export const MAX_TOPIC_LENGTH = 60

/** What breaks lines or reorders text would let a topic pose as something else where it is shown. */
const BREAKS = /[\p{Cc}\p{Zl}\p{Zp}]/gu
const INVISIBLE = /[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g

/** What two spellings of one topic have in common. */
export function topicKey(topic: string): string {
  return squeeze(topic).toLowerCase()
}

/**
 * Topics as a provider gave them, made fit to show: cleaned, each once whatever its case, in the spelling the person
 * already uses, and those first. What is empty or longer than a topic is left out.
 */
export function tidyTopics(raw: readonly string[], known: readonly string[]): ProposedTopic[] {
  const spelling = new Map(known.map((topic) => [topicKey(topic), topic]))
  const tidied = new Map<string, ProposedTopic>()
  for (const text of raw) {
    const topic = squeeze(text)
    const key = topicKey(topic)
    if (topic === '' || [...topic].length > MAX_TOPIC_LENGTH || tidied.has(key)) continue
    const used = spelling.get(key)
    tidied.set(key, used === undefined ? { topic, known: false } : { topic: used, known: true })
  }
  const topics = [...tidied.values()]
  return [...topics.filter((each) => each.known), ...topics.filter((each) => !each.known)].slice(0, MAX_TOPICS)
}

function squeeze(text: string): string {
  return text.toWellFormed().normalize('NFC').replace(BREAKS, ' ').replace(INVISIBLE, '').replace(/\s+/g, ' ').trim()
}
