import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultProxy } from '../../subgraphs/storage/src/drivers/contract/fault-proxy.ts'
import type { DatabaseProcess } from '../lib/database-process.ts'
import type { Random } from '../lib/random.ts'
import type { ServiceProcess } from '../lib/service-process.ts'
import type { Outages } from './outages.ts'

/** A server that is a place of the vault. */
interface PlaceServer {
  kill(): Promise<unknown>
  restart(): Promise<unknown>
}

interface Victims {
  storage: ServiceProcess
  database: DatabaseProcess
  servers: readonly PlaceServer[]
  proxies: readonly FaultProxy[]
}

interface Plan {
  kills: number
  /** Between two kills, and how long a database or a place stays away; in milliseconds, least and most. */
  gapMs: readonly [number, number]
  downMs: readonly [number, number]
  faultGapMs: readonly [number, number]
  /** Of the kills, and of the faults: what one needs must not shift the other. */
  random: { kills: Random; faults: Random }
  outages: Outages
  over(): boolean
}

export interface Trouble {
  /** Resolves when it is over and everything is up again. */
  done: Promise<unknown>
  kills(): Record<Victim, number>
  faults(): number
  /** Downloads that the ways to the places were told to cut. */
  cuts(): number
}

type Victim = 'storage' | 'database' | 'place'
/** Out of four kills: so each has its turn, and in no order. */
const ROUND: readonly Victim[] = ['storage', 'storage', 'database', 'place']
/**
 * A place that is busy for ever is one that is down: what is there alone cannot be read, which is nobody's fault here. A
 * driver asks five times, a second apart, so a burst and what lies between two must not use that up.
 */
const LONGEST_BURST = 4
const BETWEEN_BURSTS_MS = 6000
/** After the last kill: a service that cannot start has said so by then. */
const SETTLED_MS = 5000
const FAULTS = ['cutUpload', 'cutDownload', 'loseAnswer', 'busy', 'full', 'denied'] as const

/** Kills storage, the database and the places, and lets the ways to the places fail, at random moments. */
export function makeTrouble({ storage, database, servers, proxies }: Victims, plan: Plan): Trouble {
  const { outages, over } = plan
  const killed: Record<Victim, number> = { storage: 0, database: 0, place: 0 }
  let faults = 0
  let cuts = 0
  const service = {
    kill: () => storage.kill(),
    async start() {
      storage.start()
      await storage.untilUp()
    },
  }
  const strike = async (victim: Victim): Promise<void> => {
    const { kills: random } = plan.random
    const away = random.between(...plan.downMs)
    if (victim === 'storage') return outages.take('storage', service, 0)
    if (victim === 'place') {
      const server = random.pick(servers)
      return outages.take('a place', { kill: () => server.kill(), start: () => server.restart() }, away)
    }
    // Now and then storage dies without its database, and has to bring it back itself.
    const both = random.chance(0.25)
    const start = async () => {
      if (both) await outages.take('storage', service, 0)
      await database.start()
    }
    return outages.take('the database', { kill: () => database.kill(), start }, away)
  }
  /** A service that loses its database while it starts ends: its supervisor starts it again. */
  const supervise = async (ms: number) => {
    for (const until = Date.now() + ms; Date.now() < until; await sleep(100))
      if (storage.endedByItself()) await outages.take('storage, which could not start,', service, 0)
  }
  const kill = async () => {
    const { kills: random } = plan.random
    let round: Victim[] = []
    for (let number = 0; number < plan.kills && !over(); number++) {
      await supervise(random.between(...plan.gapMs))
      if (over()) break
      if (round.length === 0) round = [...ROUND]
      const [victim = 'storage'] = round.splice(random.between(0, round.length - 1), 1)
      await strike(victim)
      killed[victim] += 1
    }
    await supervise(SETTLED_MS)
  }
  const spoil = async () => {
    const { faults: random } = plan.random
    const busySince = new Map<FaultProxy, number>()
    while (!over()) {
      await sleep(random.between(...plan.faultGapMs))
      for (const proxy of proxies) {
        const { faults: ways } = proxy
        const fault = random.pick(FAULTS)
        const now = Date.now()
        if (fault === 'busy' && now - (busySince.get(proxy) ?? 0) < BETWEEN_BURSTS_MS) continue
        if (fault === 'cutUpload' || fault === 'cutDownload') ways[fault](random.between(10, 20_000))
        else if (fault === 'busy') {
          ways.busy(random.between(1, LONGEST_BURST))
          busySince.set(proxy, now)
        } else ways[fault]()
        faults += 1
        if (fault === 'cutDownload') cuts += 1
      }
    }
  }
  return { done: Promise.all([kill(), spoil()]), kills: () => killed, faults: () => faults, cuts: () => cuts }
}
