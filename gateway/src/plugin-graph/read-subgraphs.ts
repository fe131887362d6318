import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { SERVICES } from '@archivolt/kit/server/service-directory'
import type { NamedSdl } from './compose.ts'

/** The schemas of the vault's own subgraphs, which lie beside the supergraph. @throws Error when one is missing */
export function readSubgraphs(folder: string): Promise<NamedSdl[]> {
  return Promise.all(
    SERVICES.map(async (name) => ({
      name,
      url: `http://${name}/graphql`,
      sdl: await readFile(path.join(folder, `${name}.graphql`), 'utf8'),
    })),
  )
}
