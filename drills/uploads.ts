import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { describeMachine, loadNow } from '../bench/lib/machine.ts'
import { conclude, say } from '../bench/lib/report.ts'
import { startVault, type RunningVault } from '../e2e/src/vault-process.ts'
import { createRandom } from './lib/random.ts'
import { serviceProcess } from './lib/service-process.ts'
import { databasesOf } from '../bench/lib/vault-databases.ts'
import { takeCensus } from './uploads/census.ts'
import { gather } from './uploads/crowd.ts'
import { createJournal } from './uploads/journal.ts'
import { judge } from './uploads/judge.ts'
import { createMoments, killOften } from './uploads/killer.ts'
import { readWholeList } from './uploads/listing.ts'
import { LEASE_MS, sweep, untilRead } from './uploads/settle.ts'
import { printCounts, printVerdict } from './uploads/tell.ts'

const usage = `npm run drill -- uploads

Uploads, downloads and aborts of every kind by many clients, while the storage process is killed again and again. Then
asks whether everything the vault said to have is there, whole and readable, and whether rows, bytes and quotas agree.

  --quick         up to 8 kills, in under a minute
  --kills N       default: 100
  --clients N     default: 12
  --seed WORD     repeats what clients do and when storage is killed; the machine's own timing stays
  --keep          leaves the vault's data for a look`

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    kills: { type: 'string' },
    clients: { type: 'string' },
    seed: { type: 'string' },
    keep: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  say(usage)
  process.exit(0)
}
const quick = values.quick ?? false
const kills = Number(values.kills ?? (quick ? 8 : 100))
const size = Number(values.clients ?? 12)
const seed = values.seed ?? String(Math.floor(Math.random() * 1e9))
/** Storage is left alone for at most so long. */
const gapMs = quick ? 1800 : 5000

/** The time for kills of a quick drill: starting, settling and judging need the rest of its minute. */
const QUICK_MS = 20_000

/** How long a client tries: several times what a lease takes to run out. */
const PATIENCE_MS = 240_000

const environment = { LOG_LEVEL: 'warn' }
say(describeMachine())
say(`sizes     ${size} clients, files of 1 B to 16 MiB, ${kills} kills of storage, seed ${seed}\n`)
const vault = await startVault('five processes', environment)
// The last: npm, which started this, is gone.
for (const event of ['SIGINT', 'SIGTERM', 'disconnect'] as const)
  process.once(event, () => void vault.stop().finally(() => process.exit(130)))
try {
  await drill(vault)
} finally {
  await vault.stop({ keepData: values.keep })
  if (values.keep) say(`The data is in ${vault.data}.`)
}

async function drill(vault: RunningVault): Promise<void> {
  const began = performance.now()
  const journal = createJournal()
  const moments = createMoments()
  const storage = serviceProcess(vault, 'storage', environment)
  let over = false
  const crowd = await gather({
    url: vault.url,
    size,
    seed,
    patienceMs: PATIENCE_MS,
    journal,
    moments,
    over: () => over,
  })
  const onKill = (count: number) =>
    count % 10 === 0 && say(`${count} kills, ${journal.entries.length} files tried, load ${loadNow()}`)
  const killed = await killOften(storage, {
    kills,
    withinMs: quick ? QUICK_MS : Infinity,
    gapMs,
    random: createRandom(seed, 'killer'),
    moments,
    journal,
    onKill,
  })
  await sleep(quick ? 500 : 5000)
  over = true
  await crowd.done
  if (storage.endedByItself()) {
    journal.blame('storage ended by itself', storage.output().slice(-500))
    storage.start()
    await storage.untilUp()
  }
  const drilled = (performance.now() - began) / 1000

  const databases = databasesOf(vault.data)
  const urls = {
    storageUrl: databases.of('storage'),
    documentsUrl: databases.of('documents'),
    sharedUrl: databases.shared,
  }
  const files = path.join(vault.data, 'files')
  await sleep(quick ? 1000 : LEASE_MS + 1000)
  const allRead = await untilRead(urls, quick ? 15_000 : 300_000)
  const before = await judge(await takeCensus({ ...urls, files }), journal.entries, files)
  const lists = await Promise.all(
    crowd.clients.map((client, index) =>
      readWholeList(
        client,
        journal.entries.filter((entry) => entry.client === index),
      ),
    ),
  )
  const unswept = await sweep(urls, files, quick ? 8000 : 60_000)
  const after = await judge(await takeCensus({ ...urls, files }), journal.entries, files)

  printCounts(journal)
  printVerdict('when all was quiet', before)
  printVerdict('after the sweeps, two days later by the rows', after)
  const wrongInLists = lists.flatMap(({ wrong }) => wrong)
  for (const { what, where } of journal.faults) say(`FAULT     ${what}: ${where}`)
  for (const wrong of wrongInLists) say(`FAULT     in a list: ${wrong}`)
  if (!allRead) say('FAULT     documents are still being read')
  if (unswept.uploads + unswept.documents > 0)
    say(
      `FAULT     not swept: ${unswept.uploads} uploads and intents, ${unswept.documents} documents that are still UPLOADING`,
    )

  const complete = journal.entries.filter(({ belief }) => belief === 'complete')
  const masked = journal.counts.get('GraphQL: INTERNAL_SERVER_ERROR') ?? 0
  const figures = {
    seed,
    kills: killed,
    seconds: Math.round(drilled),
    filesTried: journal.entries.length,
    filesComplete: complete.length,
    bytesComplete: complete.reduce((sum, entry) => sum + entry.size, 0),
    filesReadInTheEnd: lists.reduce((sum, list) => sum + list.files, 0),
    lost: before.lost.length + after.lost.length,
    unreadable: before.unreadable.length + after.unreadable.length + wrongInLists.length,
    contradictions: before.contradictions.length + after.contradictions.length,
    wrongAccounts: before.wrongAccounts.length + after.wrongAccounts.length,
    faults: journal.faults.length + (allRead ? 0 : 1),
    maskedErrors: masked,
    orphans: before.orphans.length,
    orphansAfterSweep: after.orphans.length,
    unswept: unswept.uploads + unswept.documents,
    unclaimedAfterSweep: after.unclaimed.length,
    stagedFilesAfterSweep: after.staged.files,
    stagedBytesAfterSweep: after.staged.bytes,
  }
  const none = { lost: 0, unreadable: 0, contradictions: 0, wrongAccounts: 0, faults: 0, maskedErrors: 0 }
  const targets = { ...none, orphansAfterSweep: 0, unswept: 0, unclaimedAfterSweep: 0, stagedFilesAfterSweep: 0 }
  const ok = Object.entries(targets).every(([name, most]) => figures[name as keyof typeof targets] <= most)
  if (!ok) await keepRecord(vault, storage.output(), journal)
  conclude({ name: 'drill uploads', ok, figures, targets })
}

async function keepRecord(vault: RunningVault, storageOutput: string, journal: object): Promise<void> {
  const folder = path.join(tmpdir(), `archivolt-drill-uploads-${seed}`)
  await mkdir(folder, { recursive: true })
  await writeFile(path.join(folder, 'vault.log'), `${vault.output()}\n--- storage, started again\n${storageOutput}`)
  await writeFile(path.join(folder, 'journal.json'), JSON.stringify(journal, null, 1))
  say(`What services printed and what clients saw: ${folder}`)
}
