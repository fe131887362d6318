import type { MigrationState } from '../migration-documents.ts'

type State = MigrationState['state']
type Release = MigrationState['release']
export type Step = 'pause' | 'resume' | 'throttle' | 'cancel' | 'rollBack' | 'finish' | 'allowRelease'

const FITS: Record<Exclude<Step, 'allowRelease'>, readonly State[]> = {
  pause: ['RUNNING', 'ROLLING_BACK'],
  resume: ['PAUSED'],
  throttle: ['RUNNING', 'PAUSED', 'FAILED', 'ROLLING_BACK'],
  finish: ['READY_TO_FINISH'],
  rollBack: ['RUNNING', 'PAUSED', 'READY_TO_FINISH', 'FAILED', 'FINISHED'],
  cancel: ['RUNNING', 'PAUSED', 'READY_TO_FINISH', 'FAILED'],
}
const ORDER: readonly Step[] = ['finish', 'pause', 'resume', 'allowRelease', 'throttle', 'rollBack', 'cancel']

/** What may be done now, the likeliest first; the server decides again. */
export function stepsFor({ state, release }: { state: State; release: Release }): Step[] {
  return ORDER.filter((step) => {
    if (step === 'allowRelease') return release === 'HELD'
    // Once the old copies are being deleted there is nothing to go back to.
    if (step === 'rollBack' && state === 'FINISHED') return release !== 'DELETING' && release !== 'DONE'
    return FITS[step].includes(state)
  })
}

/** Whether it concerns now: it goes on, or the way back is still open, or somebody has to decide. */
export function isCurrent({ state, release }: { state: State; release: Release }): boolean {
  if (state === 'FINISHED' || state === 'CANCELLED') return release !== null && release !== 'DONE'
  return true
}

/** Whether the server tells how it gets on. While days of retention pass it ends the stream, and there is nothing to tell. */
export function isTold({ state, release }: { state: State; release: Release }): boolean {
  if (state === 'FINISHED' || state === 'CANCELLED') return release === 'QUARANTINING' || release === 'DELETING'
  return true
}

/** Whether it still has, or may have, files to move: another one has to wait. */
export const isOpen = ({ state }: { state: State }): boolean => state !== 'FINISHED' && state !== 'CANCELLED'

interface Look {
  label: string
  tone: 'busy' | 'calm' | 'ok' | 'warn' | 'danger'
}

export const LOOKS: Record<State, Look> = {
  RUNNING: { label: 'Moving', tone: 'busy' },
  ROLLING_BACK: { label: 'Moving back', tone: 'busy' },
  PAUSED: { label: 'Paused', tone: 'warn' },
  READY_TO_FINISH: { label: 'Ready to finish', tone: 'ok' },
  FAILED: { label: 'Needs you', tone: 'danger' },
  FINISHED: { label: 'Finished', tone: 'ok' },
  CANCELLED: { label: 'Cancelled', tone: 'calm' },
}

/** A rolled back migration ends as a cancelled one, which says too little. */
export const lookOf = (migration: Pick<MigrationState, 'state' | 'rolledBackAt'>): Look =>
  migration.rolledBackAt ? { label: 'Rolled back', tone: 'calm' } : LOOKS[migration.state]

const EVENTS: Record<string, string> = {
  started: 'Started',
  paused: 'Paused',
  resumed: 'Went on',
  throttled: 'Speed changed',
  retried: 'Failed files tried again',
  failed: 'Some files could not be moved',
  ready: 'Every file has a verified copy',
  finished: 'Finished: the old places were given up',
  cancelled: 'Cancelled',
  rolling_back: 'Rollback began',
  rolled_back: 'Rolled back',
  release_held: 'Deletion of the old copies waits for a word',
  release_allowed: 'Deletion of the old copies was allowed',
  released: 'Old copies were deleted',
}

/** A line of the history, also for what this client does not know. */
export const tellEvent = (action: string): string =>
  EVENTS[action] ?? action.charAt(0).toUpperCase() + action.slice(1).replaceAll(/[_-]/g, ' ')

/** Bytes per second from what was typed as megabytes; null for no limit, NaN for no number. */
export function limitFrom(megabytes: string): number | null {
  const text = megabytes.trim().replace(',', '.')
  if (text === '') return null
  const value = Number(text)
  return value > 0 ? Math.round(value * 1_000_000) : Number.NaN
}
