import { expect, it } from 'vitest'
import { safeNext } from './safe-next.ts'

it.each([
  ['/documents/1?x=1#y', '/documents/1?x=1#y'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['https://evil.example', '/'],
  ['javascript:alert(1)', '/'],
  [undefined, '/'],
  [['/a', '/b'], '/'],
])('after signing in, %j leads to %j', (next, path) => expect(safeNext(next)).toBe(path))
