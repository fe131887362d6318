import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ServiceProcess } from '../lib/service-process.ts'

export interface Kills {
  service: number
  readers: number
}

/** Ends the service, or one of the processes that read files for it, again and again until told to stop. */
export async function killOften(
  service: ServiceProcess,
  pidOf: () => number | undefined,
  options: { random: () => number; most: Kills; gapMs: number; over: () => boolean },
): Promise<Kills> {
  const { random, most, gapMs, over } = options
  const done: Kills = { service: 0, readers: 0 }
  while (!over() && (done.service < most.service || done.readers < most.readers)) {
    await sleep(random() * gapMs)
    if (done.service < most.service && random() < most.service / (most.service + most.readers)) {
      await service.kill()
      done.service++
      service.start()
      await service.untilUp()
    } else if (done.readers < most.readers) {
      const victims = readersOf(pidOf())
      const victim = victims[Math.floor(random() * victims.length)]
      if (victim === undefined) continue
      try {
        process.kill(victim, 'SIGKILL')
        done.readers++
      } catch {
        // It has ended by itself.
      }
    }
  }
  return done
}

/** The processes that read files for a service, OCR programs among them; not the database, which may be its child too. Linux only. */
function readersOf(service: number | undefined): number[] {
  if (!service) return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === service && /reader\.worker|tesseract/.test(commandOf(pid)))
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is a name that may hold spaces and parentheses; the parent comes second after it.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return 0
  }
}
