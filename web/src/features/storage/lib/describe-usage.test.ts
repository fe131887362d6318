import { expect, it } from 'vitest'
import { describeUsage } from './describe-usage.ts'

it.each([
  [0, null, { text: '0 bytes used', share: 0, tone: 'calm' }],
  [2_500_000, 10_000_000, { text: '2.5 MB of 10 MB', share: 0.25, tone: 'calm' }],
  [9_000_000, 10_000_000, { text: '9 MB of 10 MB', share: 0.9, tone: 'close' }],
  [12_000_000, 10_000_000, { text: '12 MB of 10 MB', share: 1, tone: 'full' }],
  [0, 0, { text: '0 bytes of 0 bytes', share: 1, tone: 'full' }],
])('%d of %s reads as it should', (used, limit, look) =>
  expect(describeUsage(used, limit)).toEqual({
    ...look,
    text: expect.stringMatching(look.text.replaceAll('bytes', 'bytes?')),
  }),
)
