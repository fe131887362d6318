import { expect, it } from 'vitest'
import { administers } from './administration.ts'

it('opens a part of the administration to administrators and to members of its group', () => {
  expect(administers('ADMIN', [], 'storage-admin')).toBe(true)
  expect(administers('USER', ['storage-admin'], 'storage-admin')).toBe(true)
  expect(administers('USER', ['storage-admin'], 'identity-admin')).toBe(false)
  expect(administers(undefined, [], 'storage-admin')).toBe(false)
})
