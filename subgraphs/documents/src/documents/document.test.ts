import { expect, test } from 'vitest'
import { checkFilename, titleFrom } from './document.ts'
import { knownType } from './file-types.ts'

test.each([
  ['Rechnung März 2026.pdf', 'Rechnung März 2026.pdf'],
  [' spaced.txt ', 'spaced.txt'],
  ['Cafe\u0301.txt', 'Café.txt'],
  ['.hidden', '.hidden'],
  ['...', '...'],
  ['a'.repeat(255), 'a'.repeat(255)],
])('%j is a file name', (given, kept) => {
  expect(checkFilename(given)).toBe(kept)
})

test.each([
  '',
  ' ',
  '.',
  '..',
  '../x',
  'a/b',
  'a\\b',
  '/etc/passwd',
  'a\0b',
  'a\nb',
  'a\u2028b',
  'gpj\u202Eexe',
  'a'.repeat(256),
  'é'.repeat(128),
  '\uD800',
])('%j is none', (given) => {
  expect(() => checkFilename(given)).toThrow()
})

test('a first title is the name without its ending', () => {
  expect(titleFrom('Rental agreement 2025-02.pdf')).toBe('Rental agreement 2025-02')
  expect(titleFrom('.pdf')).toBe('.pdf')
  expect(titleFrom('v1.2 final')).toBe('v1.2 final')
})

test.each([
  ['application/pdf', 'x', 'application/pdf'],
  ['TEXT/Plain; charset=utf-8', 'x', 'text/plain'],
  ['text/x-yaml', 'x', 'application/yaml'],
  ['application/octet-stream', 'scan.PDF', 'application/pdf'],
  ['', 'notes.md', 'text/markdown'],
  ['application/octet-stream', 'blob.bin', 'application/octet-stream'],
  ['application/x-msdownload', 'a.exe', null],
  ['not a type', 'a.pdf', null],
  ['constructor', 'a.pdf', null],
])('%j of %j is %j', (contentType, filename, type) => {
  expect(knownType(contentType, filename)).toBe(type)
})
