import { describe, expect, it } from 'vitest'
import { MAX_TOPICS, tidyTopics } from './tidy-topics.ts'

const names = (raw: string[], known: string[] = []) => tidyTopics(raw, known).map((each) => each.topic)

describe('tidying topics', () => {
  it('puts topics in use first, in the spelling of the person', () => {
    expect(tidyTopics(['New', 'INVOICES', 'tax 2025'], ['Invoices', 'Tax  2025', 'Health'])).toEqual([
      { topic: 'Invoices', known: true },
      { topic: 'Tax  2025', known: true },
      { topic: 'New', known: false },
    ])
  })

  it('keeps one of several spellings', () => {
    expect(names(['Tax', 'TAX', ' tax ', 'Café', 'Cafe\u0301'])).toEqual(['Tax', 'Café'])
  })

  it('removes control characters, line breaks and what reorders text', () => {
    expect(names(['A\u0000B', 'C\r\nD', '\u202eevil\u202c', '\u200b'])).toEqual(['A B', 'C D', 'evil'])
  })

  it('keeps the joiners that scripts and emoji need', () => {
    expect(names(['می\u200cخواهم', '👨\u200d👩\u200d👧 Family'])).toEqual([
      'می\u200cخواهم',
      '👨\u200d👩\u200d👧 Family',
    ])
  })

  it('leaves out what is empty or too long, counting characters rather than code units', () => {
    expect(names(['', '   ', 'x'.repeat(61), 'y'.repeat(60), '🧾'.repeat(60)])).toEqual([
      'y'.repeat(60),
      '🧾'.repeat(60),
    ])
  })

  it('gives no more than eight, known ones kept before new ones', () => {
    const raw = [...Array.from({ length: 20 }, (_, n) => `New ${n}`), 'Old']
    expect(names(raw, ['old'])).toHaveLength(MAX_TOPICS)
    expect(names(raw, ['old'])[0]).toBe('old')
  })
})
