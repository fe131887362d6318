import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Person } from '../e2e/src/api.ts'
import { ADMIN, startVault } from '../e2e/src/vault-process.ts'
import { startRealS3, type RealS3 } from '../scripts/real/s3.ts'
import { startRealWebdav, type RealWebdav } from '../scripts/real/webdav.ts'
import { describeMachine, loadNow } from './lib/machine.ts'
import { conclude, printTable, say } from './lib/report.ts'
import { inMiB, residentMemory, watchMemory } from './lib/resident-memory.ts'
import { round } from './lib/statistics.ts'
import { databasesOf, withDatabase } from './lib/vault-databases.ts'
import { percentile, startReaders } from './migration/readers.ts'
import { rclone } from './migration/rclone.ts'
import { measureRows } from './migration/rows.ts'
import { clearRows, seedFiles } from './migration/seed.ts'
import { addPlace, move } from './migration/vault-side.ts'

const usage = `npm run bench -- migration

A vault moves its files from the local disk to a real S3 server and back, to a real WebDAV server and back; rclone copies
the same files the same ways, and then checks them by reading both sides, which is what the vault has done by then. Then
the cost of rows: starting, asking, pausing and finishing with many files.

  --quick          500 small and 2 files of 64 MiB, S3 alone, 10,000 and 50,000 rows; in under a minute
  --places LIST    default: s3,webdav
  --small N        small files of 20 KiB; default: 5000
  --large N        large files; default: 4
  --large-mib N    their size; default: 1024
  --rows LIST      default: 10000,1000000`

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    places: { type: 'string' },
    small: { type: 'string' },
    large: { type: 'string' },
    'large-mib': { type: 'string' },
    rows: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  say(usage)
  process.exit(0)
}
const quick = values.quick ?? false
const wanted = (values.places ?? (quick ? 's3' : 's3,webdav')).split(',')
const small = Number(values.small ?? (quick ? 500 : 5000))
const large = Number(values.large ?? (quick ? 2 : 4))
const largeMiB = Number(values['large-mib'] ?? (quick ? 64 : 1024))
const rowCounts = (values.rows ?? (quick ? '10000,50000' : '10000,1000000')).split(',').map(Number)

/** Of rclone's rate with its check. */
const LEAST = { small: 1.5, large: 1 }
const MOST_MEMORY = 300e6
const MOST_P99 = 3
const MOST_SECONDS = 1

say(describeMachine({ rclone: ['--version'], ...(wanted.includes('s3') && { radosgw: ['--version'] }) }))
say(`sizes     ${small} × 20 KiB, ${large} × ${largeMiB} MiB; ${rowCounts.join(' and ')} rows\n`)

const folder = await mkdtemp(path.join(tmpdir(), 'archivolt-bench-'))
const servers: { s3?: RealS3; webdav?: RealWebdav } = {}
if (wanted.includes('webdav')) servers.webdav = await startRealWebdav()
if (wanted.includes('s3')) servers.s3 = await startRealS3()
const vault = await startVault('one process', { LOG_LEVEL: 'warn', ALLOWED_NETWORKS: '127.0.0.0/8' })
const stop = async () => {
  await vault.stop()
  await servers.s3?.stop()
  await servers.webdav?.stop()
  await rm(folder, { recursive: true, force: true })
}
// The last: npm, which started this, is gone.
for (const event of ['SIGINT', 'SIGTERM', 'disconnect'] as const)
  process.once(event, () => void stop().finally(() => process.exit(130)))
try {
  await bench()
} catch (error) {
  say(`The vault said:\n${vault.output().slice(-3000)}`)
  throw error
} finally {
  await stop()
}

interface Measured {
  kind: 'small' | 'large'
  way: string
  vault: number
  /** Seconds of rclone: copying alone, and with the check. */
  copied: number
  checked: number
  retries: number
}

async function bench(): Promise<void> {
  const admin = await new Person(vault.url).signIn(ADMIN)
  const storageUrl = databasesOf(vault.data).of('storage')
  const localFolder = path.join(vault.data, 'files')
  const localId = ((await admin.ask('{ storageConfig { current { id } } }')).storageConfig.current as { id: string }).id
  const localRow = rowIdOf(localId)
  const places = await addPlaces(admin)
  const peer = rclone(servers)
  const pid = vault.processes.get('all')?.pid ?? 0
  await sleep(quick ? 500 : 5000)
  const idle = residentMemory(pid)
  const memory = watchMemory(pid)

  const measured: Measured[] = []
  const p99: { idle: number; during: number }[] = []
  let failures = 0
  for (const kind of ['small', 'large'] as const) {
    const sizes = kind === 'small' ? { count: small, size: 20 * 1024 } : { count: large, size: largeMiB * 1024 ** 2 }
    if (sizes.count === 0) continue
    await clearRows(storageUrl)
    await emptyFolder(localFolder)
    const files = await seedFiles({ storageUrl, folder: localFolder, backendId: localRow }, sizes)
    for (const place of places) {
      const copies = path.join(folder, `${place.name}-${kind}`)
      // rclone first: the vault empties the folder behind itself.
      const out = await peer.copy(localFolder, place.remote(kind))
      const back = await peer.copy(place.remote(kind), copies)
      await rm(copies, { recursive: true, force: true })
      const readers = kind === 'small' ? startReaders(vault.url, vault.data, files) : undefined
      if (readers) await sleep(quick ? 1500 : 5000)
      const quiet = readers?.take() ?? []
      const gone = await move(admin, place.id)
      const returned = await move(admin, localId)
      if (readers) {
        p99.push({ idle: percentile(quiet, 0.99), during: percentile(readers.take(), 0.99) })
        failures += readers.failures()
        await readers.stop()
      }
      measured.push({ kind, way: `local → ${place.name}`, vault: gone.seconds, ...out, retries: gone.retries })
      measured.push({ kind, way: `${place.name} → local`, vault: returned.seconds, ...back, retries: returned.retries })
      say(`${kind} files, ${place.name} and back: done, load ${loadNow()}`)
    }
    await proveAll(storageUrl, localRow, files.length)
  }
  const peak = memory.takePeak()
  memory.stop()
  await clearRows(storageUrl)

  const rowTarget = await addPlace(admin, 'Rows', 'LOCAL', { local: { root: path.join(folder, 'rows') } })
  const rows = []
  for (const count of rowCounts) {
    rows.push(
      await measureRows(admin, { storageUrl, localRow, targetId: rowTarget, targetRow: rowIdOf(rowTarget) }, count),
    )
  }

  say()
  printTable(
    ['files', 'way', 'vault', 'rclone copy + check', 'rclone copy', 'ratio', 'beside copy alone', 'retries'],
    measured.map((each) => [
      each.kind === 'small' ? `${small} × 20 KiB` : `${large} × ${largeMiB} MiB`,
      each.way,
      rateOf(each, each.vault),
      rateOf(each, each.checked),
      rateOf(each, each.copied),
      (each.checked / each.vault).toFixed(2),
      (each.copied / each.vault).toFixed(2),
      String(each.retries),
    ]),
  )
  say()
  printTable(
    ['rows', 'start', 'progress', 'pause', 'finish', 'each row'],
    rows.map((each) => [
      String(each.rows),
      ...[each.start, each.progress, each.pause, each.finish].map((seconds) => `${Math.round(seconds * 1000)} ms`),
      `${each.perRow.toFixed(0)} µs`,
    ]),
  )
  const worst = Math.max(...p99.map(({ idle, during }) => during / idle))
  say(`\nmemory of the vault: ${inMiB(idle)} when idle, ${inMiB(peak)} at most`)
  say(
    `reads, 99 of 100 within: ${p99.map((each) => `${each.idle.toFixed(0)} ms idle, ${each.during.toFixed(0)} ms during`).join('; ')}`,
  )

  const least = (kind: Measured['kind']) =>
    round(Math.min(...measured.filter((each) => each.kind === kind).map((each) => each.checked / each.vault)))
  const slowest = Math.max(...rows.flatMap((each) => [each.start, each.progress, each.pause, each.finish]))
  const figures = {
    ...Object.fromEntries(
      measured.map((each) => [
        `${each.kind}: ${each.way}`,
        { seconds: round(each.vault), rcloneChecked: round(each.checked), rcloneCopied: round(each.copied) },
      ]),
    ),
    smallRatio: least('small'),
    largeRatio: least('large'),
    idleMemory: idle,
    memoryAboveIdle: peak - idle,
    p99Ratio: round(worst),
    readFailures: failures,
    slowestAnswerSeconds: round(slowest, 3),
    microsecondsPerRow: Object.fromEntries(rows.map((each) => [String(each.rows), round(each.perRow, 1)])),
  }
  const ok =
    figures.smallRatio >= LEAST.small &&
    figures.largeRatio >= LEAST.large &&
    peak - idle <= MOST_MEMORY &&
    worst <= MOST_P99 &&
    failures === 0 &&
    slowest <= MOST_SECONDS
  conclude({
    name: 'bench migration',
    ok,
    figures,
    targets: {
      smallRatio: LEAST.small,
      largeRatio: LEAST.large,
      memoryAboveIdle: MOST_MEMORY,
      p99Ratio: MOST_P99,
      readFailures: 0,
      slowestAnswerSeconds: MOST_SECONDS,
    },
  })
}

/** Every file has to be back where it began. */
async function proveAll(storageUrl: string, localRow: string, files: number): Promise<void> {
  await withDatabase(storageUrl, async (client) => {
    const { rows } = await client.query<{ back: number }>(
      `SELECT count(*)::int AS "back" FROM "replicas" WHERE "backend_id" = $1 AND "state" = 'VERIFIED'`,
      [localRow],
    )
    if (rows[0]?.back !== files) throw new Error(`${rows[0]?.back} of ${files} files came back`)
  })
}

/** All but the mark by which the vault knows it. */
async function emptyFolder(localFolder: string): Promise<void> {
  for (const name of await readdir(localFolder)) {
    if (name !== 'archivolt-vault.json') await rm(path.join(localFolder, name), { recursive: true, force: true })
  }
}

interface Place {
  name: string
  id: string
  /** Where rclone copies to there. */
  remote(kind: string): string
}

async function addPlaces(admin: Person): Promise<Place[]> {
  const places: Place[] = []
  if (servers.s3) {
    await servers.s3.createBucket('peer')
    const id = await addPlace(admin, 'S3', 'S3', { s3: servers.s3.config })
    places.push({ name: 'S3', id, remote: (kind) => `s3:peer/${kind}` })
  }
  if (servers.webdav) {
    const id = await addPlace(admin, 'WebDAV', 'WEBDAV', { webdav: { ...servers.webdav.config, root: 'vault' } })
    places.push({ name: 'WebDAV', id, remote: (kind) => `dav:peer-${kind}` })
  }
  return places
}

function rowIdOf(globalId: string): string {
  return Buffer.from(globalId, 'base64url').toString().split(':')[1] ?? ''
}

function rateOf({ kind }: Measured, seconds: number): string {
  return kind === 'small'
    ? `${Math.round(small / seconds)} files/s`
    : `${Math.round((large * largeMiB) / seconds)} MiB/s`
}
