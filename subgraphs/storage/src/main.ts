import { defineMain } from '@archivolt/kit/server/main'
import { buildApp } from './app.ts'
import { readStorageEnv } from './env.ts'

export const main = defineMain('storage', readStorageEnv, async (env, log) => {
  const app = await buildApp(env, { log })
  await app.listen({ host: env.HOST, port: env.PORT })
  await app.start()
  return () => app.close()
})

if (import.meta.main) await main(process.env)
