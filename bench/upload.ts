import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Person } from '../e2e/src/api.ts'
import { ADMIN, startVault } from '../e2e/src/vault-process.ts'
import { describeMachine, loadNow } from './lib/machine.ts'
import { conclude, printTable, say } from './lib/report.ts'
import { inMiB, residentMemory, watchMemory } from './lib/resident-memory.ts'
import { round } from './lib/statistics.ts'
import { databasesOf } from './lib/vault-databases.ts'
import { addPlaces, startServers } from './upload/places.ts'
import { measureRound, type Pair } from './upload/rounds.ts'
import { HEAD, rowsOf, summarizePairs } from './upload/summary.ts'
import { makeWorkloads } from './upload/workloads.ts'

const usage = `npm run bench -- upload

One large file and many small ones, up and down, through a vault of one process and by curl to the same kind of place:
a plain server on the same disk, the same S3 server, the same WebDAV server. Both in turns, in every round.

  --quick          64 MiB and 50 files, on the local disk alone, in under a minute
  --places LIST    default: local,s3,webdav
  --rounds N       default: 3`

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    places: { type: 'string' },
    rounds: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  say(usage)
  process.exit(0)
}
const quick = values.quick ?? false
const wanted = (values.places ?? (quick ? 'local' : 'local,s3,webdav')).split(',')
const rounds = Number(values.rounds ?? 3)
const sizes = quick ? { largeMiB: 64, smallFiles: 50 } : { largeMiB: 1024, smallFiles: 2000 }

/** Of curl's throughput, for large files. */
const LEAST_RATIO = 0.9
/** Bytes above what the idle vault holds. */
const MOST_MEMORY = 250e6

say(describeMachine({ curl: ['--version'], ...(wanted.includes('s3') && { radosgw: ['--version'] }) }))
say(
  `sizes     ${sizes.largeMiB} MiB in one file, ${sizes.smallFiles} files of 100 KiB eight at once; ${rounds} rounds\n`,
)

const folder = await mkdtemp(path.join(tmpdir(), 'archivolt-bench-'))
const servers = await startServers(wanted)
const vault = await startVault('one process', { LOG_LEVEL: 'warn', ...servers.environment })
const stop = async () => {
  await vault.stop()
  await servers.stop()
  await rm(folder, { recursive: true, force: true })
}
// The last: npm, which started this, is gone.
for (const event of ['SIGINT', 'SIGTERM', 'disconnect'] as const)
  process.once(event, () => void stop().finally(() => process.exit(130)))
try {
  await bench()
} catch (error) {
  if (vault.processes.get('all')?.exitCode !== null) say(`The vault ended:\n${vault.output().slice(-3000)}`)
  throw error
} finally {
  await stop()
}

async function bench(): Promise<void> {
  const workloads = await makeWorkloads(folder, sizes)
  const admin = await new Person(vault.url).signIn(ADMIN)
  const { places, missing } = await addPlaces(admin, servers)
  const pid = vault.processes.get('all')?.pid ?? 0
  await sleep(quick ? 1000 : 5000)
  const idle = residentMemory(pid)
  const memory = watchMemory(pid)
  const ground = { url: vault.url, documentsUrl: databasesOf(vault.data).of('documents'), memory }
  const pairs: Pair[] = []
  try {
    for (let number = 0; number < rounds; number++) {
      for (const workload of workloads) {
        for (const place of places) pairs.push(...(await measureRound(ground, place, workload, number % 2 === 0)))
      }
      say(`round ${number + 1} of ${rounds}, load ${loadNow()}`)
    }
  } finally {
    memory.stop()
  }

  const summaries = summarizePairs(pairs, workloads)
  say()
  printTable(HEAD, [
    ...rowsOf(summaries, idle),
    ...missing.map((name) => [name, 'not there yet', ...Array<string>(HEAD.length - 2).fill('')]),
  ])
  const peak = Math.max(...summaries.map((summary) => summary.peak))
  say(`\nmemory of the vault: ${inMiB(idle)} when idle, ${inMiB(peak)} at most`)
  const large = summaries.filter((summary) => summary.large)
  const figures = {
    ...Object.fromEntries(
      summaries.map(({ key, ratio, wholeRatio, vault: { median, noise } }) => [
        key,
        { ratio: round(ratio), wholeRatio: round(wholeRatio), median: round(median, 1), noise: round(noise) },
      ]),
    ),
    idleMemory: idle,
    memoryAboveIdle: peak - idle,
    smallestLargeRatio: round(Math.min(...large.map(({ ratio }) => ratio)), 3),
  }
  const ok = large.every(({ ratio }) => ratio >= LEAST_RATIO) && peak - idle <= MOST_MEMORY
  conclude({
    name: 'bench upload',
    ok,
    figures,
    targets: { smallestLargeRatio: LEAST_RATIO, memoryAboveIdle: MOST_MEMORY },
  })
}
