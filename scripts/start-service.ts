import { existsSync } from 'node:fs'
import { createLogger } from '@archivolt/kit/log/logger'
import type { Main } from '@archivolt/kit/server/main'
import { SERVICES } from '@archivolt/kit/server/service-directory'
import { localEnvironment } from './local-environment.ts'

/**
 * Starts one service by its name. What its environment lacks is filled in as for the whole vault on one machine, so
 * that the five, started one by one in any order, find each other and share one database server.
 */
const [name = ''] = process.argv.slice(2)
const entry = name === 'gateway' ? '../gateway/src/main.ts' : `../subgraphs/${name}/src/main.ts`
if (name !== 'gateway' && !(SERVICES as readonly string[]).includes(name)) {
  process.stderr.write(`There is no service "${name}". There are: gateway, ${SERVICES.join(', ')}.\n`)
  process.exit(1)
}
if (existsSync('.env')) process.loadEnvFile('.env')

const { main } = (await import(entry)) as { main: Main }
if (process.env.SECRET_KEY && (process.env.DATABASE_URL || name === 'gateway')) {
  await main(process.env)
} else {
  const log = createLogger(name, {
    level: process.env.LOG_LEVEL || 'info',
    pretty: process.env.NODE_ENV !== 'production',
  })
  const local = await localEnvironment(process.env, log)
  // The database server is left to the last service that uses it.
  await main(local.env, () => local.stop())
}
