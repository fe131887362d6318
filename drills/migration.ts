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
import { createRandom } from './lib/random.ts'
import { serviceProcess } from './lib/service-process.ts'
import { filesOf, takeCensus, type Census } from './migration/census.ts'
import { gather, openDoor } from './migration/people.ts'
import { administrator } from './migration/stages.ts'

const usage = `npm run drill -- migration

A vault moves local → real S3 → real WebDAV → local while people read and write. Meanwhile storage is killed at random
moments, and the way to the target cuts uploads and downloads, loses answers, and says that it is busy, full, or closed.
Migrations are cancelled at 0, 50 and 99 %, and rolled back after new writes. After every stage each file is read and its
hash compared.

  --quick        200 files, 8 kills, WebDAV alone, in about a minute
  --files N      default: 20000
  --kills N      default: 200
  --seed WORD    repeats the sizes, the faults and when storage is killed; the machine's own timing stays`

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    files: { type: 'string' },
    kills: { type: 'string' },
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

const environment = { LOG_LEVEL: 'error', ALLOWED_NETWORKS: '127.0.0.0/8' }
say(describeMachine(quick ? {} : { radosgw: ['--version'] }))
say(`sizes     ${count} files of 0 B to ${quick ? '9' : '64'} MiB, ${kills} kills of storage, seed ${seed}\n`)

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
  const door = openDoor(running.url, running.data)
  const crowd = await gather(running.url, door, () => filesOf(storageUrl), {
    readers: quick ? 2 : 6,
    writers: quick ? 1 : 2,
  })

  let over = false
  const trouble = makeTrouble(running, () => over)
  const wrong: string[] = []
  const stages: Record<string, number> = {}
  const check = async (stage: string): Promise<Census> => {
    const census = await takeCensus(storageUrl, door)
    wrong.push(...census.wrong.map((what) => `${stage}: ${what}`))
    stages[stage] = census.files
    say(`${stage}: ${census.files} files, ${census.wrong.length} wrong, load ${loadNow()}`)
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
  while (crowd.written() - before < (quick ? 10 : 1000)) await sleep(100)
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
  for (const what of [...wrong, ...crowd.failures].slice(0, 20)) say(`FAULT     ${what}`)
  const figures = {
    seed,
    kills: trouble.kills(),
    faults: trouble.faults(),
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
  conclude({ name: 'drill migration', ok: wrong.length === 0 && crowd.failures.length === 0, figures, targets })
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

/** Kills storage, and lets the ways to the places fail, at random moments. */
function makeTrouble(running: RunningVault, over: () => boolean) {
  const storage = serviceProcess(running, 'storage', environment)
  const random = createRandom(seed, 'trouble')
  let killed = 0
  let faults = 0
  const kill = async () => {
    while (killed < kills && !over()) {
      await sleep(random.between(quick ? 500 : 1000, quick ? 4000 : 8000))
      if (over()) break
      await storage.kill()
      killed += 1
      storage.start()
      await storage.untilUp()
    }
  }
  const spoil = async () => {
    while (!over()) {
      await sleep(random.between(100, quick ? 700 : 2000))
      for (const { faults: ways } of proxies) {
        const fault = random.pick(['cutUpload', 'cutDownload', 'loseAnswer', 'busy', 'full', 'denied'] as const)
        if (fault === 'cutUpload' || fault === 'cutDownload') ways[fault](random.between(10, 20_000))
        else if (fault === 'busy') ways.busy(random.between(1, 5))
        else ways[fault]()
        faults += 1
      }
    }
  }
  return { done: Promise.all([kill(), spoil()]), kills: () => killed, faults: () => faults }
}
