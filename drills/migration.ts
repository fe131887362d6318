import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { describeMachine, loadNow } from '../bench/lib/machine.ts'
import { conclude, say } from '../bench/lib/report.ts'
import { databasesOf } from '../bench/lib/vault-databases.ts'
import { seedFiles } from '../bench/migration/seed.ts'
import { addPlace } from '../bench/migration/vault-side.ts'
import { Person } from '../e2e/src/api.ts'
import { ADMIN, startVault, type RunningVault } from '../e2e/src/vault-process.ts'
import { startRealS3, type RealS3 } from '../scripts/real/s3.ts'
import { startRealWebdav } from '../scripts/real/webdav.ts'
import { startFaultProxy, type FaultProxy } from '../subgraphs/storage/src/drivers/contract/fault-proxy.ts'
import { databaseProcess } from './lib/database-process.ts'
import { createRandom } from './lib/random.ts'
import { serviceProcess } from './lib/service-process.ts'
import { filesOf, takeCensus, type Census } from './migration/census.ts'
import { createOutages } from './migration/outages.ts'
import { gather, openDoor } from './migration/people.ts'
import { administrator } from './migration/stages.ts'
import { makeTrouble } from './migration/trouble.ts'

const usage = `npm run drill -- migration

A vault moves local → real S3 → real WebDAV → local while people read and write. Meanwhile storage, the database and the
servers of the places are killed at random moments, and the ways to the places cut uploads and downloads, lose answers, and
say that they are busy, full, or closed. Migrations are cancelled at 0, 50 and 99 %, and rolled back after new writes.
After every stage each file is read and its hash compared.

While a killed part is away, and for 2 s after, a reader may be refused with 5xx or cut off, and comes back; without its
database the vault cannot know where a file is, and without a place it cannot give what is there alone. At any other moment
a refusal is a fault, and other bytes than the file's are one always.

  --quick        200 files, 8 kills, WebDAV alone, in about a minute
  --files N      default: 20000
  --kills N      default: 200; out of four, two hit storage, one the database, one the server of a place
  --writes N     new files before the rollback; default: 1000
  --seed WORD    repeats the sizes, the faults and the order of the kills; the machine's own timing stays`

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    files: { type: 'string' },
    kills: { type: 'string' },
    writes: { type: 'string' },
    seed: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  say(usage)
  process.exit(0)
}
const quick = values.quick ?? false
const count = Number(values.files ?? (quick ? 200 : 20_000))
const kills = Number(values.kills ?? (quick ? 8 : 200))
const writes = Number(values.writes ?? (quick ? 10 : 1000))
const seed = values.seed ?? String(Math.floor(Math.random() * 1e9))
const MIB = 1024 ** 2
/** Sizes, and how many of a hundred files have them. */
const SIZES = quick
  ? ([
      [0, 5],
      [300, 45],
      [20_000, 40],
      [300_000, 9],
      [9 * MIB, 1],
    ] as const)
  : ([
      [0, 3],
      [300, 40],
      [20_000, 45],
      [300_000, 11],
      [9 * MIB, 0.9],
      [64 * MIB, 0.1],
    ] as const)

const environment = {
  LOG_LEVEL: 'error',
  ALLOWED_NETWORKS: '127.0.0.0/8',
  // What a killed process had is waited for.
  ...(quick && { MIGRATION_LEASE_SECONDS: '5' }),
}
say(describeMachine(quick ? {} : { radosgw: ['--version'] }))
say(`sizes     ${count} files of 0 B to ${quick ? '9' : '64'} MiB, ${kills} kills, seed ${seed}\n`)

const webdav = await startRealWebdav()
const s3: RealS3 | null = quick ? null : await startRealS3()
const vault = await startVault('five processes', environment)
const proxies: FaultProxy[] = []
const stop = async () => {
  await vault.stop()
  for (const proxy of proxies) await proxy.close()
  await s3?.stop()
  await webdav.stop()
}
// The last: npm, which started this, is gone.
for (const event of ['SIGINT', 'SIGTERM', 'disconnect'] as const)
  process.once(event, () => void stop().finally(() => process.exit(130)))
try {
  await drill(vault)
} finally {
  await stop()
}

async function drill(running: RunningVault): Promise<void> {
  const began = performance.now()
  const storageUrl = databasesOf(running.data).of('storage')
  const admin = await new Person(running.url).signIn(ADMIN)
  const boss = administrator(admin)
  const { current } = (await admin.ask('{ storageConfig { current { id } } }')).storageConfig
  const localRow =
    Buffer.from(current.id as string, 'base64url')
      .toString()
      .split(':')[1] ?? ''
  const places = await addPlaces(admin)
  for (const [size, share] of SIZES) {
    const files = Math.max(1, Math.round((count * share) / 100))
    await seedFiles(
      { storageUrl, folder: path.join(running.data, 'files'), backendId: localRow },
      { count: files, size },
    )
  }
  const outages = createOutages()
  const door = openDoor(running.url, running.data, outages)
  const crowd = await gather(running.url, door, () => filesOf(storageUrl), {
    readers: quick ? 2 : 6,
    writers: quick ? 1 : 2,
  })

  let over = false
  const storage = serviceProcess(running, 'storage', environment)
  const trouble = makeTrouble(
    {
      storage,
      database: databaseProcess(running.data),
      servers: s3 ? [s3, webdav] : [webdav],
      proxies,
    },
    {
      kills,
      gapMs: quick ? [500, 4000] : [1000, 8000],
      downMs: quick ? [200, 1500] : [200, 5000],
      faultGapMs: quick ? [100, 700] : [100, 2000],
      random: { kills: createRandom(seed, 'kills'), faults: createRandom(seed, 'faults') },
      outages,
      over: () => over,
    },
  )
  const wrong: string[] = []
  const stages: Record<string, number> = {}
  const check = async (stage: string): Promise<Census> => {
    const census = await takeCensus(storageUrl, door)
    wrong.push(...census.wrong.map((what) => `${stage}: ${what}`))
    stages[stage] = census.files
    const seconds = Math.round((performance.now() - began) / 1000)
    say(`${stage}: ${census.files} files, ${census.wrong.length} wrong, ${seconds} s, load ${loadNow()}`)
    return census
  }

  const [first, ...further] = places
  if (!first) throw new Error('there is no place to move to')
  for (const percent of [0, 50, 99]) {
    const id = await boss.start({ targetId: first.id, retentionDays: 0 })
    await boss.until(id, (seen) => percent === 0 || (seen.planned && seen.itemsDone * 100 >= seen.itemsTotal * percent))
    await boss.step('cancelMigration', { id }, 'CANCELLED')
    await check(`cancelled at ${percent} %`)
  }
  const there = await boss.start({ targetId: first.id, retentionDays: 0 })
  await boss.until(there, ({ state }) => state === 'READY_TO_FINISH')
  const before = crowd.written()
  while (crowd.written() - before < writes) await sleep(100)
  await boss.step('rollbackMigration', { id: there }, 'ROLLING_BACK', 'CANCELLED')
  await boss.until(there, ({ state }) => state === 'CANCELLED')
  await check('rolled back')
  for (const place of [first, ...further, { name: 'local', id: current.id as string }]) {
    const id = await boss.start({ targetId: place.id, retentionDays: 0 })
    await boss.until(id, ({ state }) => state === 'READY_TO_FINISH')
    await finish(boss, id)
    await check(`moved to ${place.name}`)
  }

  over = true
  await trouble.done
  await crowd.stop()
  const last = await check('when all was quiet')
  for (const [name, { exitCode, signalCode }] of running.processes)
    if (exitCode !== null || signalCode !== null) wrong.push(`${name} has ended by itself`)
  if (door.cuts() > trouble.cuts())
    wrong.push(`${door.cuts()} reads were cut off, and only ${trouble.cuts()} on purpose`)
  for (const what of [...wrong, ...crowd.failures].slice(0, 20)) say(`FAULT     ${what}`)
  const figures = {
    seed,
    kills: trouble.kills(),
    faults: trouble.faults(),
    cutReads: door.cuts(),
    refusedReads: door.refusals(),
    seconds: Math.round((performance.now() - began) / 1000),
    files: last.files,
    bytes: last.bytes,
    stages,
    reads: crowd.reads(),
    written: crowd.written(),
    wrong: wrong.length,
    readFailures: crowd.failures.length,
  }
  const targets = { wrong: 0, readFailures: 0 }
  const ok = wrong.length === 0 && crowd.failures.length === 0
  if (!ok) await keepRecord(`${running.output()}\n--- storage, started again\n${storage.output()}`, outages.told())
  conclude({ name: 'drill migration', ok, figures, targets })
}

async function keepRecord(printed: string, outages: string[]): Promise<void> {
  const file = path.join(tmpdir(), `archivolt-drill-migration-${seed}.log`)
  await writeFile(file, `${printed}\n--- what was down\n${outages.join('\n')}\n`)
  say(`What services printed, and what was down when: ${file}`)
}

/** A late upload may make it run once more, between the look and the word. */
async function finish(boss: ReturnType<typeof administrator>, id: string): Promise<void> {
  for (let left = 100; left > 0; left--) {
    try {
      await boss.until(id, ({ state }) => state === 'READY_TO_FINISH' || state === 'FINISHED')
      await boss.step('finishMigration', { id, releaseAll: true }, 'FINISHED')
      break
    } catch (error) {
      if (left === 1) throw error
    }
  }
  await boss.until(id, ({ release }) => release === 'DONE')
}

async function addPlaces(admin: Person): Promise<{ name: string; id: string }[]> {
  const places: { name: string; id: string }[] = []
  const busy = { status: 503, headers: { 'retry-after': '1' } }
  if (s3) {
    const xml = (code: string) => `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`
    const headers = { 'content-type': 'application/xml' }
    const proxy = await startFaultProxy(s3.config.endpoint, {
      answers: {
        busy: { ...busy, headers: { ...headers, ...busy.headers }, body: xml('SlowDown') },
        full: { status: 403, headers, body: xml('QuotaExceeded') },
        denied: { status: 403, headers, body: xml('AccessDenied') },
      },
      publishes: ({ method, url = '' }) =>
        (method === 'PUT' && !url.includes('partNumber')) || (method === 'POST' && url.includes('uploadId')),
    })
    proxies.push(proxy)
    places.push({ name: 'S3', id: await addPlace(admin, 'S3', 'S3', { s3: { ...s3.config, endpoint: proxy.url } }) })
  }
  const proxy = await startFaultProxy(new URL(webdav.config.url).origin, {
    answers: { busy, full: { status: 507 }, denied: { status: 403 } },
    publishes: ({ method }) => method === 'MOVE',
  })
  proxies.push(proxy)
  const url = proxy.url + new URL(webdav.config.url).pathname
  const config = { ...webdav.config, url, root: 'vault' }
  places.push({ name: 'WebDAV', id: await addPlace(admin, 'WebDAV', 'WEBDAV', { webdav: config }) })
  return places
}
