import { expect, it } from 'vitest'
import { wordsOf } from './event-words.ts'

it.each([
  ['identity.group.member-added', 'Group: member added'],
  ['documents.link.downloaded', 'Link: downloaded'],
  ['storage.blob-check.very.odd', 'Blob check: very odd'],
  ['odd', 'Odd'],
])('%s reads "%s"', (type, words) => expect(wordsOf(type)).toBe(words))
