import { defineMain } from '@archivolt/kit/server/main'
import { buildApp } from './app.ts'
import { readIdentityEnv } from './env.ts'

export const main = defineMain('identity', readIdentityEnv, async (env, log) => {
  const app = await buildApp(env, { log })
  if (app.firstAdmin?.generatedPassword) {
    process.stdout.write(
      `First administrator: ${app.firstAdmin.email} with the password ${app.firstAdmin.generatedPassword} (shown once)\n`,
    )
  }
  await app.listen({ host: env.HOST, port: env.PORT })
  await app.start()
  return () => app.close()
})

if (import.meta.main) await main(process.env)
