import { setTimeout as sleep } from 'node:timers/promises'
import type { Person } from '../../e2e/src/api.ts'
import { ADMIN } from '../../e2e/src/vault-process.ts'

const START = `mutation ($input: StartMigrationInput!) { startMigration(input: $input) {
  ... on StartMigrationSuccess { migration { id } } ... on Error { code message } } }`
const STATE = `query ($id: ID!) { migration(id: $id) { state itemsTotal itemsDone itemsFailed retries release problem planned
  failures(first: 3) { edges { node { reason } } } } }`
const STEP = (name: string) => `mutation ($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) {
  ${name}(input: $input) { __typename ... on Error { code message } } }`

export interface Seen {
  state: string
  itemsTotal: number
  itemsDone: number
  itemsFailed: number
  retries: number
  release: string | null
  planned: boolean
}

/** An administrator who repeats what a killed service did not answer. */
export function administrator(admin: Person) {
  const insist = async <T>(ask: () => Promise<T>): Promise<T> => {
    for (let left = 240; ; left--) {
      try {
        return await ask()
      } catch (error) {
        if (left === 0) throw error
        await sleep(250)
        // A session is shorter than a large vault takes.
        if ((error as Error).message.includes('UNAUTHENTICATED')) await admin.signIn(ADMIN).catch(() => {})
      }
    }
  }
  const see = (id: string): Promise<Seen> => insist(async () => (await admin.ask(STATE, { id })).migration as Seen)
  return {
    see,
    async start(input: object): Promise<string> {
      return insist(async () => {
        const { startMigration } = await admin.ask(START, { input })
        if (startMigration.migration) return startMigration.migration.id as string
        // The answer to an earlier try may have been lost with the service that had it.
        const { migrations } = await admin.ask('{ migrations(first: 1) { edges { node { id state } } } }')
        const last = migrations.edges[0]?.node as { id: string; state: string } | undefined
        if (startMigration.code === 'storage.migration.conflict' && last?.state !== 'FINISHED' && last) return last.id
        throw new Error(`${startMigration.code} ${startMigration.message}`)
      })
    },
    /** Takes a step; one that was carried out although its answer was lost counts. */
    async step(name: string, input: { id: string } & Record<string, unknown>, ...reached: string[]): Promise<void> {
      await insist(async () => {
        if (reached.includes((await see(input.id)).state)) return
        const answer = (await admin.ask(STEP(name), { input }))[name] as { code?: string; message?: string }
        if (answer.code && !reached.includes((await see(input.id)).state))
          throw new Error(`${name}: ${answer.code} ${answer.message}`)
      })
    },
    /** Waits for a state. Files that failed because of faults are tried again, as a person would. */
    async until(id: string, holds: (seen: Seen) => boolean): Promise<Seen> {
      for (const deadline = Date.now() + 600_000; ;) {
        const seen = await see(id)
        if (holds(seen)) return seen
        if (seen.state === 'FAILED') await this.step('retryMigrationItems', { id }, 'RUNNING', 'ROLLING_BACK')
        if (Date.now() > deadline) throw new Error(`it does not get there: ${JSON.stringify(seen)}`)
        await sleep(100)
      }
    },
  }
}
