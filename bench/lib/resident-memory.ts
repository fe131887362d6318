import { readFileSync } from 'node:fs'

const SAMPLE_EVERY_MS = 25
const MIB = 1024 ** 2

export interface MemoryWatch {
  /** Bytes, the largest seen since the last call, or since the start. */
  takePeak(): number
  stop(): void
}

/** Bytes of memory that a process holds now; 0 once it is gone. Linux only. */
export function residentMemory(pid: number): number {
  try {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Number(kib ?? 0) * 1024
  } catch {
    return 0
  }
}

/** Looks at the memory of a process forty times a second. */
export function watchMemory(pid: number): MemoryWatch {
  let peak = residentMemory(pid)
  const timer = setInterval(() => (peak = Math.max(peak, residentMemory(pid))), SAMPLE_EVERY_MS)
  return {
    takePeak() {
      const seen = Math.max(peak, residentMemory(pid))
      peak = residentMemory(pid)
      return seen
    },
    stop: () => clearInterval(timer),
  }
}

export const inMiB = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`
