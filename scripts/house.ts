import { buildApp as buildAi } from '@archivolt/ai/app'
import { readAiEnv } from '@archivolt/ai/env'
import { buildApp as buildDocuments } from '@archivolt/documents/app'
import { readDocumentsEnv } from '@archivolt/documents/env'
import { buildApp as buildGateway } from '@archivolt/gateway/app'
import { readGatewayEnv } from '@archivolt/gateway/env'
import { buildApp as buildIdentity, type IdentityApp } from '@archivolt/identity/app'
import { readIdentityEnv } from '@archivolt/identity/env'
import { EnvironmentError } from '@archivolt/kit/env/read-env'
import type { Logger } from '@archivolt/kit/log/logger'
import { openPlatform } from '@archivolt/kit/server/service'
import type { ServiceDirectory } from '@archivolt/kit/server/service-directory'
import { buildApp as buildStorage } from '@archivolt/storage/app'
import { readStorageEnv } from '@archivolt/storage/env'

export interface House {
  /** Where the public door listens. */
  url: string
  publicUrl: string
  /** Where the rooms listen, on loopback. */
  services: ServiceDirectory
  firstAdmin: IdentityApp['firstAdmin']
  /** Closes the door first, then the rooms, then what they share. */
  close(): Promise<void>
}

/**
 * The whole vault in one process: the gateway reaches the subgraphs without a network, the services reach each other
 * over loopback ports of their own, with the same signed identities as between machines.
 * @throws EnvironmentError naming every faulty variable of all parts
 */
export async function openHouse(source: Record<string, string | undefined>, log: Logger): Promise<House> {
  const env = readAll(source)
  const closers: (() => Promise<void>)[] = []
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) {
      await closer().catch((error: unknown) => log.error({ err: error }, 'a part did not close well'))
    }
  }
  try {
    const platform = await openPlatform(env.identity, log)
    closers.push(() => platform.close())
    const directory: ServiceDirectory = { identity: '', documents: '', storage: '', ai: '' }
    const overrides = { log, platform, directory }
    const opened = async <App extends { close(): Promise<void> }>(app: Promise<App>): Promise<App> => {
      const built = await app
      closers.push(() => built.close())
      return built
    }
    const storage = await opened(buildStorage(env.storage, overrides))
    const identity = await opened(buildIdentity(env.identity, overrides))
    const documents = await opened(buildDocuments(env.documents, overrides))
    const ai = await opened(buildAi(env.ai, overrides))
    const apps = { storage, identity, documents, ai }
    for (const [name, app] of Object.entries(apps)) {
      directory[name as keyof typeof apps] = (await app.listen({ host: '127.0.0.1', port: 0 })).url
    }
    await Promise.all(Object.values(apps).map((app) => app.start()))
    const gateway = await buildGateway(env.gateway, {
      log: log.child({ service: 'gateway' }),
      links: Object.fromEntries(Object.entries(apps).map(([name, app]) => [name, app.link])),
      byteHandler: (request, response) => storage.http.routing(request, response),
      jwks: () => identity.jwks() as never,
      lookUpToken: (hash, { ip }) => identity.lookUpApiToken(hash, ip),
      directory,
      sharedState: platform.shared,
      healthOf: Object.fromEntries(Object.entries(apps).map(([name, app]) => [name, () => app.checkHealth()])),
    })
    closers.push(() => gateway.close())
    const { url } = await gateway.listen()
    return { url, publicUrl: env.gateway.PUBLIC_URL, services: directory, firstAdmin: identity.firstAdmin, close }
  } catch (error) {
    await close()
    throw error
  }
}

function readAll(source: Record<string, string | undefined>) {
  const problems = new Set<string>()
  // The rooms do not know at which port the door is.
  const PUBLIC_URL = source.PUBLIC_URL || `http://localhost:${source.PORT || 4000}`
  const read = <T>(reader: (source: Record<string, string | undefined>) => T, port?: string): T => {
    try {
      // One PORT is meant for the door; the rooms listen where there is room.
      return reader({ ...source, PUBLIC_URL, PORT: port ?? source.PORT })
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error
      for (const problem of error.problems) problems.add(problem)
      return undefined as T
    }
  }
  const env = {
    identity: read(readIdentityEnv, '0'),
    documents: read(readDocumentsEnv, '0'),
    storage: read(readStorageEnv, '0'),
    ai: read(readAiEnv, '0'),
    gateway: read(readGatewayEnv),
  }
  if (problems.size) throw new EnvironmentError([...problems])
  return env
}
