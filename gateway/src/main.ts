import { defineMain } from '@archivolt/kit/server/main'
import { buildApp } from './app.ts'
import { readGatewayEnv } from './env.ts'

export const main = defineMain('gateway', readGatewayEnv, async (env, log) => {
  const app = await buildApp(env, { log })
  await app.listen()
  return () => app.close()
})

if (import.meta.main) await main(process.env)
