import { InvalidInputError } from '@archivolt/kit/errors/domain-error'
import { checkName } from '../documents/names.ts'

export const MAX_TOPIC_NAME = 60
/** Of one document. */
export const MAX_TOPICS = 100
/** Of one person. */
export const MAX_OWN_TOPICS = 5_000

/** Topic names, checked, each once whatever its case. @throws InvalidInputError */
export function checkTopics(field: string, names: readonly string[]): string[] {
  const tooMany = () => new InvalidInputError(field, `A document has at most ${MAX_TOPICS} topics.`)
  if (names.length > 2 * MAX_TOPICS) throw tooMany()
  const unique = new Map<string, string>()
  for (const name of names) {
    const checked = checkName(field, name, MAX_TOPIC_NAME)
    if (/["]/.test(checked)) throw new InvalidInputError(field, 'A topic has no quotes.')
    const key = checked.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
    if (!unique.has(key)) unique.set(key, checked)
  }
  if (unique.size > MAX_TOPICS) throw tooMany()
  return [...unique.values()]
}
