import type { Person } from '../../e2e/src/api.ts'

const ADD = `mutation ($input: AddStorageBackendInput!) { addStorageBackend(input: $input) {
  ... on AddStorageBackendSuccess { backend { id } } ... on Error { code message } } }`
const START = `mutation ($input: StartMigrationInput!) { startMigration(input: $input) {
  ... on StartMigrationSuccess { migration { id } } ... on Error { code message } } }`
const PROGRESS = `subscription ($id: ID!) { migrationProgress(id: $id) { migration {
  state itemsTotal itemsDone itemsFailed bytesDone retries problem release failures(first: 3) { edges { node { reason } } } } } }`
const STEP = (name: string) => `mutation ($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) {
  ${name}(input: $input) { __typename ... on Error { code message } } }`

export interface Ended {
  /** From the request to the moment the last file was verified. */
  seconds: number
  items: number
  bytes: number
  retries: number
  events: number
}

/** Adds a place. @returns its id */
export async function addPlace(admin: Person, name: string, driver: string, config: object): Promise<string> {
  const { addStorageBackend } = await admin.ask(ADD, { input: { name, driver, config } })
  if (!addStorageBackend.backend) throw new Error(`${name}: ${addStorageBackend.code} ${addStorageBackend.message}`)
  return addStorageBackend.backend.id as string
}

/** Starts a migration. @returns its id, and how long the answer took */
export async function start(admin: Person, input: object): Promise<{ id: string; seconds: number }> {
  const began = performance.now()
  const { startMigration } = await admin.ask(START, { input })
  if (!startMigration.migration) throw new Error(`${startMigration.code} ${startMigration.message}`)
  return { id: startMigration.migration.id as string, seconds: (performance.now() - began) / 1000 }
}

/** Pauses, cancels, finishes … @returns how long the answer took, in seconds */
export async function step(admin: Person, name: string, input: object): Promise<number> {
  const began = performance.now()
  const answer = (await admin.ask(STEP(name), { input }))[name]
  if (answer.code) throw new Error(`${name}: ${answer.code} ${answer.message}`)
  return (performance.now() - began) / 1000
}

/** Watches until it is ready to finish. @throws Error when files have failed */
export async function untilReady(admin: Person, id: string, began: number): Promise<Ended> {
  let events = 0
  for await (const event of admin.watch(PROGRESS, { id })) {
    events += 1
    if (event.errors) throw new Error(JSON.stringify(event.errors))
    const migration = event.data?.migrationProgress.migration
    if (migration.state === 'FAILED') throw new Error(`files failed: ${JSON.stringify(migration)}`)
    if (migration.state !== 'READY_TO_FINISH') continue
    return {
      seconds: (performance.now() - began) / 1000,
      items: migration.itemsDone,
      bytes: migration.bytesDone,
      retries: migration.retries,
      events,
    }
  }
  throw new Error('the subscription ended before the migration was ready')
}

/** Moves everything to a place, and waits until the old place is empty. The seconds are those of the moving. */
export async function move(admin: Person, targetId: string): Promise<Ended> {
  const began = performance.now()
  const { id } = await start(admin, { targetId, retentionDays: 0 })
  const ended = await untilReady(admin, id, began)
  await step(admin, 'finishMigration', { id, releaseAll: true })
  for await (const event of admin.watch(PROGRESS, { id })) {
    if (event.data?.migrationProgress.migration.release === 'DONE') break
  }
  return ended
}

/** How long the answer to a question about it takes, in seconds. */
export async function look(admin: Person, id: string): Promise<number> {
  const began = performance.now()
  await admin.ask(`query ($id: ID!) { migration(id: $id) { state itemsTotal itemsDone bytesDone planned } }`, { id })
  return (performance.now() - began) / 1000
}
