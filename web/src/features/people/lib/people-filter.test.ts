import { expect, it } from 'vitest'
import { filterOf } from './people-filter.ts'

it.each([
  [{ q: '', role: '', state: '' }, null],
  [
    { q: 'ada', role: 'admin', state: 'deactivated' },
    { search: 'ada', role: 'ADMIN', active: false },
  ],
  [
    { q: '', role: 'user', state: 'active' },
    { role: 'USER', active: true },
  ],
  [{ q: '', role: 'toString', state: 'maybe' }, null],
])('reads %o as %o', (address, filter) => expect(filterOf(address)).toEqual(filter))
