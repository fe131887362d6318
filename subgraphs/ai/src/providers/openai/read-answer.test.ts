import { describe, expect, it } from 'vitest'
import { readTopics } from './read-answer.ts'

describe('reading an answer', () => {
  it.each([
    ['the agreed object', '{"topics":["A","B"]}'],
    ['a bare list', '["A","B"]'],
    ['objects in the list', '{"topics":[{"topic":"A","known":true},{"name":"B"}]}'],
    ['fenced JSON', '```json\n{"topics":["A","B"]}\n```'],
    ['talk around a fence', 'Sure! Here you go:\n```\n["A","B"]\n```\nAnything else?'],
    ['talk around the object', 'The topics are {"topics": ["A", "B"]}. I hope this helps.'],
    ['talk around a list', 'Topics: ["A", "B"]'],
    ['thoughts first', '<think>maybe {"topics":["X"]}?</think>{"topics":["A","B"]}'],
  ])('takes %s', (_what, content) => expect(readTopics(content)).toEqual(['A', 'B']))

  it.each([
    ['prose', 'This document is about invoices and taxes.'],
    ['nothing', ''],
    ['a cut-off list', '{"topics":["A","B'],
    ['another object', '{"labels":["A"]}'],
    ['numbers', '{"topics":[1,2]}'],
    ['a text', '"A"'],
    ['null', 'null'],
  ])('refuses %s', (_what, content) => expect(readTopics(content)).toBeNull())

  it('keeps an empty list apart from no answer', () => expect(readTopics('{"topics":[]}')).toEqual([]))

  it('looks at the beginning of an absurdly long list only', () => {
    expect(readTopics(JSON.stringify(Array.from({ length: 5000 }, (_, n) => `T${n}`)))).toHaveLength(100)
  })
})
