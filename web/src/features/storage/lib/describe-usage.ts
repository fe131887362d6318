import { formatBytes } from '@/ui/format.ts'

export interface UsageLook {
  text: string
  /** From 0 to 1; 0 without a limit. */
  share: number
  tone: 'calm' | 'close' | 'full'
}

export function describeUsage(used: number, limit: number | null): UsageLook {
  if (limit === null) return { text: `${formatBytes(used)} used`, share: 0, tone: 'calm' }
  const share = limit > 0 ? Math.min(1, used / limit) : 1
  const text = `${formatBytes(used)} of ${formatBytes(limit)}`
  return { text, share, tone: share >= 1 ? 'full' : share >= 0.9 ? 'close' : 'calm' }
}
