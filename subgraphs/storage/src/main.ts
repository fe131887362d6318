import { readEnvOrExit } from '@archivolt/kit/env/read-env'
import { createLogger } from '@archivolt/kit/log/logger'
import { onShutdown } from '@archivolt/kit/server/shutdown'
import { buildApp } from './app.ts'
import { readStorageEnv } from './env.ts'

const env = readEnvOrExit(() => readStorageEnv(process.env))
const log = createLogger('storage', { level: env.LOG_LEVEL, pretty: env.NODE_ENV === 'development' })
const app = await buildApp(env, { log })
onShutdown(() => app.close(), log)
await app.listen({ host: env.HOST, port: env.PORT })
await app.start()
