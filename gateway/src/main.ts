import { readEnvOrExit } from '@archivolt/kit/env/read-env'
import { createLogger } from '@archivolt/kit/log/logger'
import { onShutdown } from '@archivolt/kit/server/shutdown'
import { buildApp } from './app.ts'
import { readGatewayEnv } from './env.ts'

const env = readEnvOrExit(() => readGatewayEnv(process.env))
const log = createLogger('gateway', { level: env.LOG_LEVEL, pretty: env.NODE_ENV === 'development' })
const app = await buildApp(env, { log })
await app.listen()
onShutdown(app.close, log)
