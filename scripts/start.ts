import { existsSync } from 'node:fs'
import { EnvironmentError } from '@archivolt/kit/env/read-env'
import { createLogger } from '@archivolt/kit/log/logger'
import { onShutdown } from '@archivolt/kit/server/shutdown'
import { buildWeb } from './build-web.ts'
import { openHouse, type House } from './house.ts'
import { localEnvironment, type LocalEnvironment } from './local-environment.ts'

if (existsSync('.env')) process.loadEnvFile('.env')
const development = process.env.NODE_ENV !== 'production'
const log = createLogger('', { level: process.env.LOG_LEVEL || (development ? 'warn' : 'info'), pretty: development })

let local: LocalEnvironment | undefined
let house: House | undefined
onShutdown(async () => {
  await house?.close()
  await local?.stop()
}, log)

try {
  const web = buildWeb()
  local = await localEnvironment(process.env, log)
  house = await openHouse(local.env, log)
  await web
  announce(house)
} catch (error) {
  await house?.close()
  await local?.stop()
  if (error instanceof EnvironmentError) process.stderr.write(`${error.message}\n`)
  else if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') process.stderr.write(`${inUse(error)}\n`)
  else log.fatal({ err: error }, 'Archivolt could not start')
  process.exit(1)
}

function announce(opened: House): void {
  const lines = [`Archivolt is running at ${opened.publicUrl}`]
  if (opened.firstAdmin?.generatedPassword) {
    lines.push(
      '',
      'Sign in as the first administrator (shown once, change it after):',
      `  email     ${opened.firstAdmin.email}`,
      `  password  ${opened.firstAdmin.generatedPassword}`,
    )
  } else if (opened.firstAdmin) {
    lines.push(`The first administrator is ${opened.firstAdmin.email}.`)
  }
  const { protocol, hostname } = new URL(opened.publicUrl)
  if (protocol === 'http:' && hostname !== 'localhost') {
    lines.push(
      '',
      'This address is plain HTTP: passwords and documents cross the network readable. Put a TLS proxy in front.',
    )
  }
  process.stdout.write(`\n${lines.join('\n')}\n\nCtrl-C stops it.\n`)
}

function inUse(error: unknown): string {
  const port = (error as { port?: number }).port ?? ''
  return `Port ${port} is taken, perhaps by Archivolt itself. Stop the other program, or start with another: PORT=4100 npm start`
}
