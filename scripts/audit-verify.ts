import { createReadStream, existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { openVerifier, readHead } from '@archivolt/identity/audit'
import { serviceKeys } from '@archivolt/kit/identity/keys'
import { createSigner } from '@archivolt/kit/identity/sign'
import { createLogger } from '@archivolt/kit/log/logger'
import { createObjectStore, type ObjectStore } from '@archivolt/kit/objects/object-store'
import { createServiceClient } from '@archivolt/kit/server/service-client'
import type { ServiceDirectory } from '@archivolt/kit/server/service-directory'
import { buildApp as buildStorage } from '@archivolt/storage/app'
import { readStorageEnv } from '@archivolt/storage/env'
import { localEnvironment } from './local-environment.ts'

const usage = `npm run audit:verify -- [--exports FOLDER]

Goes through the audit log and names the first row that was changed, taken out, put in, moved or cut off. Rows cut off
the end show against the signed exports: those in the bucket "audit", or copies of them in FOLDER, which whoever can
write to the vault cannot reach. Exits 0 when all is whole.

  IDENTITY_DATABASE_URL, SECRET_KEY  of the vault; default: those of the vault on this machine
  STORAGE_URL                        where storage answers; default: its code is run here for as long as it takes`

const { values } = parseArgs({ options: { exports: { type: 'string' }, help: { type: 'boolean', short: 'h' } } })
if (values.help) {
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}
if (existsSync('.env')) process.loadEnvFile('.env')

const log = createLogger('audit', { level: 'error', pretty: true })
process.exitCode = await run().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`)
  return 1
})

/** @returns the exit code */
async function run(): Promise<number> {
  const local = await localEnvironment(process.env, log)
  const { env } = local
  const databaseUrl = env.IDENTITY_DATABASE_URL ?? ''
  const secret = env.SECRET_KEY ?? ''
  const verifier = openVerifier({ databaseUrl, secret })
  const bucket = values.exports ? undefined : await openBucket(env, secret)
  try {
    const heads = bucket ? headsInBucket(bucket.objects) : headsInFolder(path.resolve(values.exports ?? ''))
    const verdict = await verifier.verify(heads)
    if (verdict.ok) {
      process.stdout.write(`The audit log is whole: ${verdict.events} events, ${verdict.heads} exported days.\n`)
      return 0
    }
    process.stdout.write(`BROKEN${verdict.seq === null ? '' : ` at row ${verdict.seq}`}: ${verdict.reason}\n`)
    return 1
  } finally {
    await bucket?.close()
    await verifier.close()
    await local.stop()
  }
}

async function* headsInBucket(objects: ObjectStore) {
  for (let after: string | undefined; ;) {
    const page = await objects.list('audit', { after, first: 500 })
    for (const { name } of page.objects) {
      const found = await objects.get({ bucket: 'audit', name })
      if (found) yield await readHead(name, found.body)
    }
    if (page.next === null) return
    after = page.next
  }
}

async function* headsInFolder(folder: string) {
  for (const file of (await readdir(folder, { recursive: true })).sort()) {
    if (file.endsWith('.jsonl')) yield await readHead(file, createReadStream(path.join(folder, file)))
  }
}

/** The vault's own storage, by its address or for a moment in this process. */
async function openBucket(
  env: Record<string, string | undefined>,
  secret: string,
): Promise<{ objects: ObjectStore; close(): Promise<void> }> {
  const directory: ServiceDirectory = { identity: '', documents: '', storage: env.STORAGE_URL ?? '', ai: '' }
  const storage = env.STORAGE_URL
    ? undefined
    : await buildStorage(readStorageEnv({ ...env, PORT: '0' }), { log, directory })
  if (storage) directory.storage = (await storage.listen({ host: '127.0.0.1', port: 0 })).url
  const services = createServiceClient(directory, createSigner('identity', serviceKeys(secret)))
  return {
    objects: createObjectStore(services),
    async close() {
      await services.close()
      await storage?.close()
    },
  }
}
