import { readEnvOrExit } from '@archivolt/kit/env/read-env'
import { createLogger } from '@archivolt/kit/log/logger'
import { onShutdown } from '@archivolt/kit/server/shutdown'
import { buildApp } from './app.ts'
import { readIdentityEnv } from './env.ts'

const env = readEnvOrExit(() => readIdentityEnv(process.env))
const log = createLogger('identity', { level: env.LOG_LEVEL, pretty: env.NODE_ENV === 'development' })
const app = await buildApp(env, { log })
onShutdown(() => app.close(), log)
if (app.firstAdmin?.generatedPassword) {
  process.stdout.write(`First administrator: ${app.firstAdmin.email} with the password ${app.firstAdmin.generatedPassword} (shown once)\n`)
}
await app.listen({ host: env.HOST, port: env.PORT })
await app.start()
