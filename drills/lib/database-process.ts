import { readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startEmbeddedPostgres } from '@archivolt/kit/database/embedded-postgres'
import { isAlive, runningPostmaster } from '@archivolt/kit/database/postmaster'
import { createLogger } from '@archivolt/kit/log/logger'
import { killTree } from '../../scripts/real/process.ts'

const GONE_WITHIN_MS = 10_000

export interface DatabaseProcess {
  /** Ends the server and all its sessions as a power cut would, and waits until they are gone. */
  kill(): Promise<void>
  /** Starts it again, or finds it started by a service meanwhile; resolves when it answers on its old port. */
  start(): Promise<void>
}

/** The embedded database server of a vault on this machine, to be killed and started again at will. */
export function databaseProcess(dataFolder: string): DatabaseProcess {
  const dataDir = path.join(dataFolder, 'postgres')
  const keys = JSON.parse(readFileSync(path.join(dataFolder, 'keys.json'), 'utf8')) as { databasePassword: string }
  const port = runningPostmaster(dataDir)?.port
  return {
    async kill() {
      const postmaster = runningPostmaster(dataDir)
      if (!postmaster) return
      killTree(postmaster.pid)
      for (const deadline = Date.now() + GONE_WITHIN_MS; isAlive(postmaster.pid); await sleep(10))
        if (Date.now() > deadline) throw new Error('the database server cannot be killed')
    },
    async start() {
      const log = createLogger('drill', { level: 'error', pretty: true })
      const started = await startEmbeddedPostgres({ dataDir, password: keys.databasePassword, log })
      if (started.port !== port) throw new Error(`the database came back on port ${started.port}, not on ${port}`)
    },
  }
}
