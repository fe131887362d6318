import { expect, test } from 'vitest'
import { decideType } from '../usecases/verify-document.ts'
import { docx, DOCX, odf, ODT, pdf, pictureOf, pptx, PPTX, xlsx, XLSX, zip } from '../testing/files.fixture.ts'
import { sniffType } from './sniff-type.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const said = (contentType: string, filename = 'file') => ({ contentType, filename })
const ANY = 'application/octet-stream'

test('documents are known by their bytes, whatever they are called', async () => {
  const liar = said('text/plain', 'holiday.txt')
  expect(await sniffType(pdf(['x']), liar)).toBe('application/pdf')
  expect(await sniffType(await docx(''), liar)).toBe(DOCX)
  expect(await sniffType(await xlsx(''), liar)).toBe(XLSX)
  expect(await sniffType(await pptx(['x']), liar)).toBe(PPTX)
  expect(await sniffType(await odf('text', ''), liar)).toBe(ODT)
  for (const format of ['png', 'jpeg', 'gif', 'webp', 'tiff'] as const)
    expect(await sniffType(await pictureOf('x', format), liar)).toBe(`image/${format}`)
  expect(await sniffType(utf8('{\\rtf1 x}'), liar)).toBe('application/rtf')
})

test.each([
  ['notes', 'text/plain', 'a.txt', 'text/plain'],
  ['# Head', 'text/markdown', 'a.md', 'text/markdown'],
  ['a,b\n1,2', 'text/csv', 'a.csv', 'text/csv'],
  ['a: 1', ANY, 'a.yaml', 'application/yaml'],
  ['{"a":1}', ANY, 'a.json', 'application/json'],
  ['<?xml version="1.0"?><a/>', ANY, 'a.dat', 'application/xml'],
  ['<!DOCTYPE html><p>x', 'application/pdf', 'a.pdf', 'text/html'],
  ['<!-- c --><svg onload="x()"/>', 'image/png', 'a.png', 'image/svg+xml'],
  ['<html> as a text about HTML', 'text/plain', 'a.txt', 'text/plain'],
  ['From: a@b\nTo: c@d\nSubject: x\nDate: y\n\nhi', ANY, 'a', 'message/rfc822'],
  ['just words', 'application/pdf', 'a.pdf', 'text/plain'],
  ['Größe', 'text/plain', 'a.txt', 'text/plain'],
  ['\u0001\u0002\u0000binary', 'text/plain', 'a.txt', ANY],
])('%j sent as %s is %s', async (text, contentType, filename, type) => {
  expect(await sniffType(utf8(text), said(contentType, filename))).toBe(type)
})

test('a PDF may begin after some other bytes', async () => {
  const late = new Uint8Array([...utf8('\n\njunk\n'), ...pdf(['x'])])
  expect(await sniffType(late, said('application/pdf', 'a.pdf'))).toBe('application/pdf')
})

test('a file of two kinds goes by its beginning', async () => {
  const gif = await pictureOf('x', 'gif')
  expect(await sniffType(Buffer.concat([gif, utf8('<script>alert(1)</script>')]), said('text/html', 'a.html'))).toBe(
    'image/gif',
  )
  const pdfAndZip = new Uint8Array([...pdf(['x']), ...(await zip({ 'a.txt': 'x' }))])
  expect(await sniffType(pdfAndZip, said('application/zip', 'a.zip'))).toBe('application/pdf')
})

test('a program that is called a document is no document', () => {
  expect(() => decideType('application/pdf', 'application/x-msdownload')).toThrow('not what it is called')
  expect(() => decideType('text/plain', ANY)).toThrow('not what it is called')
})

test('what is not read anyway may be called as it likes', () => {
  expect(decideType(ANY, 'application/x-msdownload')).toBe(ANY)
  expect(decideType('application/msword', ANY)).toBe('application/msword')
})

test('hostile beginnings of every kind do not stop the sniffer', async () => {
  const marks = [
    'PK\x03\x04',
    '%PDF-',
    'GIF89a',
    '\x89PNG\r\n\x1a\n',
    'II*\0',
    'MM\0*',
    'RIFF',
    '\0\0\0 ftypheic',
    'OggS',
    '\x1f\x8b',
  ]
  for (const mark of marks)
    for (const rest of ['', '\xff'.repeat(50), '\0'.repeat(5000)])
      expect(await sniffType(new Uint8Array(Buffer.from(mark + rest, 'latin1')), said(ANY))).toMatch(/\//)
})
