import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { describeMachine, loadNow } from '../bench/lib/machine.ts'
import { conclude, say } from '../bench/lib/report.ts'
import { databasesOf } from '../bench/lib/vault-databases.ts'
import { startVault, type RunningVault } from '../e2e/src/vault-process.ts'
import { sendAll } from './ingest/crowd.ts'
import { judge } from './ingest/judge.ts'
import { killOften } from './ingest/killing.ts'
import { sweep, untilEnded } from './ingest/settle.ts'
import { createRandom } from './lib/random.ts'
import { serviceProcess } from './lib/service-process.ts'

const usage = `npm run drill -- ingest

Files of every kind come in, some that no program can read, while the documents process and the processes that read
for it are killed again and again. Then asks whether every file that was said to be in is there once, at its end:
READY and found by its words, or FAILED with the reason.

  --quick         24 files, 3 kills of the service and 8 of its readers, in under a minute
  --files N       default: 400
  --kills N       of the service; default: 20. Its readers are killed three times as often
  --seed WORD     repeats when is killed what; the machine's own timing stays
  --keep          leaves the vault's data for a look`

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    files: { type: 'string' },
    kills: { type: 'string' },
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
const count = Number(values.files ?? (quick ? 24 : 400))
const kills = Number(values.kills ?? (quick ? 3 : 20))
const most = { service: kills, readers: quick ? 8 : kills * 3 }
const seed = values.seed ?? String(Math.floor(Math.random() * 1e9))
const environment = { LOG_LEVEL: 'warn', OCR_LANGUAGES: 'eng' }

say(describeMachine({ tesseract: ['--version'] }))
say(`sizes     ${count} files, ${most.service} kills of the service, ${most.readers} of its readers, seed ${seed}\n`)
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
  const service = serviceProcess(vault, 'documents', environment)
  let over = false
  const killing = killOften(service, () => vault.processes.get('documents')?.pid, {
    random: createRandom(seed, 'killer').next,
    most,
    gapMs: quick ? 1500 : 4000,
    over: () => over,
  })
  const { sent, faults } = await sendAll(vault.url, count, quick ? 4 : 8)
  say(`${sent.length} files are said to be in, load ${loadNow()}`)
  // The kills go on while what came in is read.
  if (quick) await Promise.race([killing, sleep(12_000)])
  else await Promise.race([killing, sleep(300_000)])
  over = true
  const killed = await killing
  if (service.endedByItself()) {
    faults.push(`the service ended by itself: ${service.output().slice(-500)}`)
    service.start()
    await service.untilUp()
  }
  say(`killed the service ${killed.service} times, its readers ${killed.readers} times`)

  const databases = databasesOf(vault.data)
  const urls = { documentsUrl: databases.of('documents'), sharedUrl: databases.shared }
  const leftAlone = await untilEnded(urls, quick ? 5000 : 120_000)
  if (leftAlone > 0) {
    say(`${leftAlone} steps and documents wait for the sweep`)
    await sweep(urls)
    await untilEnded(urls, 120_000)
  }
  const verdict = await judge(urls.documentsUrl, sent)
  faults.push(...verdict.faults)
  for (const fault of faults.slice(0, 50)) say(`FAULT     ${fault}`)
  say(`${verdict.ready} READY, ${verdict.failed} FAILED with the reason`)
  const ok = faults.length === 0 && sent.length === count && killed.service > 0 && killed.readers > 0
  conclude({
    name: 'drill ingest',
    ok,
    figures: {
      files: count,
      sent: sent.length,
      ready: verdict.ready,
      failed: verdict.failed,
      serviceKills: killed.service,
      readerKills: killed.readers,
      leftToSweep: leftAlone,
      faults: faults.length,
      seconds: Math.round((performance.now() - began) / 1000),
    },
    targets: { faults: 0 },
  })
}
