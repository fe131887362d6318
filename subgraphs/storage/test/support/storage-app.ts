import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { StepUpRequiredError } from '@archivolt/kit/errors/domain-error'
import { toGlobalId } from '@archivolt/kit/graph/global-id'
import { createGrants } from '@archivolt/kit/identity/grant'
import type { Viewer } from '@archivolt/kit/identity/identity'
import { deriveKey, serviceKeys } from '@archivolt/kit/identity/keys'
import { createSigner } from '@archivolt/kit/identity/sign'
import type { JobDoor } from '@archivolt/kit/jobs/job'
import type { NewJob, Queues } from '@archivolt/kit/jobs/queues'
import { createLogger } from '@archivolt/kit/log/logger'
import { createServiceClient } from '@archivolt/kit/server/service-client'
import { connectSharedState } from '@archivolt/kit/shared-state/connect'
import { createTestDatabase } from '@archivolt/kit/testing/test-database'
import { v7 as uuidv7 } from 'uuid'
import { PrismaClient } from '../../prisma/client/client.ts'
import { prismaAdapter } from '@archivolt/kit/database/adapter'
import { buildApp } from '../../src/app.ts'
import { readStorageEnv } from '../../src/env.ts'

const SECRET = 'a secret of at least thirty-two characters'
const keys = serviceKeys(SECRET)

export const person = (more: Partial<Viewer> = {}): Viewer => ({
  userId: uuidv7(),
  role: 'USER',
  groups: [],
  scopes: null,
  sessionId: randomUUID(),
  ...more,
})

/** What storage asks of identity: whether the sign-in is fresh. */
async function startIdentity() {
  const state = { fresh: true }
  const server = createServer((_request, response) => {
    response.writeHead(state.fresh ? 200 : 422, { 'content-type': 'application/json' })
    const { code, message } = new StepUpRequiredError()
    response.end(JSON.stringify(state.fresh ? { fresh: true } : { error: { code, message } }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    state,
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections()
      await once(server.close(), 'close')
    },
  }
}

type Result = { data?: Record<string, any> | null; errors?: readonly any[] }

/** A storage with databases of its own, whose clock and jobs are in the hands of the test. */
export async function openStorageApp(more: Record<string, string> = {}) {
  const database = await createTestDatabase()
  const shared = await createTestDatabase()
  const folder = await mkdtemp(path.join(tmpdir(), 'archivolt-storage-'))
  let written = ''
  const destination = new PassThrough().on('data', (chunk: Buffer) => (written += chunk.toString()))
  const log = createLogger('test', { level: 'trace', pretty: false, destination })
  const master = randomBytes(32).toString('base64')
  let time = Date.now()
  const now = () => time
  const jobs: (NewJob & { queue: string })[] = []
  const opened: (() => Promise<unknown>)[] = []
  const sharedState = await connectSharedState({ databaseUrl: shared.url, log })
  const db = new PrismaClient({ adapter: prismaAdapter('test', database.url, 3) })

  const identity = await startIdentity()
  opened.push(() => identity.close())

  /** One process of the service. */
  const start = async (changed: Record<string, string> = {}) => {
    const env = readStorageEnv({
      NODE_ENV: 'test',
      LOG_LEVEL: 'trace',
      SECRET_KEY: SECRET,
      CLOUD_CREDS_KEY: master,
      DATABASE_URL: database.url,
      DATABASE_MIGRATE_URL: database.url,
      SHARED_DATABASE_URL: shared.url,
      ARCHIVOLT_DATA: folder,
      PUBLIC_URL: 'https://vault.example',
      ALLOWED_NETWORKS: '127.0.0.1',
      ...more,
      ...changed,
    })
    let doors: readonly JobDoor[] = []
    const queues: Queues = {
      add: async (queue, added) => void jobs.push(...added.map((job) => ({ ...job, queue }))),
      worker: async (_queue, { handlers }) => {
        doors = handlers
        return { close: async () => {} }
      },
      schedule: async () => {},
      unschedule: async () => {},
      counts: async () => ({ waiting: 0, active: 0, delayed: 0, completed: 0, failed: 0 }),
      close: async () => {},
    }
    const platform = { shared: sharedState, queues, close: async () => {} }
    const directory = { identity: identity.url, documents: '', storage: '', ai: '' }
    const app = await buildApp(env, { log, now, platform, directory })
    const { url } = await app.listen({ host: '127.0.0.1', port: 0 })
    await app.start()
    let open = true
    const close = async () => {
      if (open) await app.close()
      open = false
    }
    opened.push(close)
    const sign = createSigner('gateway', keys, now)
    const documents = createServiceClient(
      { identity: url, documents: url, storage: url, ai: url },
      createSigner('documents', keys, now),
    )
    opened.push(() => documents.close())
    const call = (viewer: Viewer | null) => ({
      viewer,
      requestId: randomUUID(),
      client: { ip: '192.0.2.7', userAgent: 'test' },
    })

    return {
      url,
      close,
      /** Runs a job as its queue would. */
      async run(name: string) {
        const door = doors.find(({ job }) => job.name === name)
        if (!door) throw new Error(`there is no job ${name}`)
        const { signal } = new AbortController()
        await door.run({}, { id: randomUUID(), signal, attempt: 1, lastAttempt: true, log })
      },
      async send(viewer: Viewer | null, query: string, variables: object = {}): Promise<Result> {
        const body = JSON.stringify({ query, variables })
        const identity = await sign('storage', call(viewer), { method: 'POST', path: '/graphql', body })
        return (await app.link.execute({ body, identity })).result as Result
      },
      /** The one field of an operation that must not have errors. */
      async ask(viewer: Viewer | null, query: string, input?: object): Promise<any> {
        const { data, errors } = await this.send(viewer, query, input && { input })
        if (errors || !data) throw new Error(JSON.stringify(errors))
        return Object.values(data)[0]
      },
      async begin(
        viewer: Viewer,
        size: number,
        documentId = uuidv7(),
        file: { filename?: string; contentType?: string } = {},
      ) {
        const json = {
          id: uuidv7(),
          documentId,
          ownerId: viewer.userId,
          filename: 'a.txt',
          contentType: 'text/plain',
          size,
          sha256: null,
          ...file,
        }
        const ticket = (await documents.json('storage', {
          method: 'POST',
          path: '/internal/uploads',
          json,
          identity: call(viewer),
        })) as { url: string }
        return { id: json.id, documentId, url: url + ticket.url }
      },
      async complete(viewer: Viewer, uploadId: string): Promise<string> {
        const path = `/internal/uploads/${uploadId}/complete`
        const json = { ownerId: viewer.userId }
        const answer = await documents.json('storage', { method: 'POST', path, json, identity: call(viewer) })
        return (answer as { blobId: string }).blobId
      },
      async upload(
        viewer: Viewer,
        bytes: string | Uint8Array<ArrayBuffer>,
        file: { filename?: string; contentType?: string } = {},
      ) {
        const { id, documentId, url: at } = await this.begin(viewer, Buffer.byteLength(bytes), uuidv7(), file)
        const put = await fetch(at, { method: 'PUT', body: bytes })
        if (!put.ok) throw new Error(`${put.status} ${await put.text()}`)
        return { blobId: await this.complete(viewer, id), documentId }
      },
      /** What the document's file says of itself, as the gateway asks for it. */
      async file(viewer: Viewer, { blobId, documentId }: { blobId: string; documentId: string }) {
        const id = toGlobalId('Document', documentId)
        const grants = createGrants(deriveKey(SECRET, 'entity-grants'), now)
        const access = grants.mint({
          subject: `Document:${documentId}`,
          userId: viewer.userId,
          level: 'OWN',
          facts: { blobId },
        })
        const { data, errors } = await this.send(
          viewer,
          `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Document { file { size unavailable download { url } } } } }`,
          { r: [{ __typename: 'Document', id, access }] },
        )
        if (errors) throw new Error(JSON.stringify(errors))
        return data?._entities[0].file as { size: number; unavailable: string | null; download: { url: string } }
      },
      async read(blobId: string): Promise<string> {
        const stream = await documents.stream('storage', {
          method: 'GET',
          path: `/internal/blobs/${blobId}`,
          identity: call(null),
        })
        return (await buffer(stream)).toString()
      },
      /** Ends a blob, as documents does for what was purged. */
      async purge(blobId: string, service: 'documents' | 'ai' = 'documents'): Promise<void> {
        const directory = { identity: url, documents: url, storage: url, ai: url }
        const services = createServiceClient(directory, createSigner(service, keys, now))
        try {
          await services.json('storage', {
            method: 'DELETE',
            path: `/internal/blobs/${blobId}`,
            identity: call(null),
          })
        } finally {
          await services.close()
        }
      },
    }
  }

  return {
    start,
    identity: identity.state,
    db,
    /** Where the first place keeps its files. */
    files: path.join(folder, 'files'),
    jobs,
    master,
    now,
    pass: (ms: number) => void (time += ms),
    logged: () => written,
    /** What was sent to the queue of another service since the last look, once the outbox has handed it over. */
    async sent(name: string): Promise<any[]> {
      for (let left = 100; (await db.outbox.count()) > 0 && left > 0; left--)
        await new Promise((resolve) => setTimeout(resolve, 50))
      const found = jobs.filter((job) => job.name === name)
      jobs.splice(0, jobs.length, ...jobs.filter((job) => job.name !== name))
      return found.map(({ payload }) => payload)
    },
    async close() {
      await Promise.allSettled(opened.map((close) => close()))
      await db.$disconnect()
      await sharedState.close()
      await Promise.all([database.drop(), shared.drop()])
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export type StorageApp = Awaited<ReturnType<Awaited<ReturnType<typeof openStorageApp>>['start']>>
