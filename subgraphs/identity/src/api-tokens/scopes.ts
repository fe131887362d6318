import { InvalidInputError } from '@archivolt/kit/errors/domain-error'
import type { Viewer } from '@archivolt/kit/identity/identity'

/** What a token may be allowed to do. Nothing here reaches accounts, passwords, second factors or tokens. */
export const SCOPES: Readonly<Record<string, string>> = {
  'documents:read': 'See, search and download documents',
  'documents:write': 'Add and change documents',
  'documents:admin': 'Manage the limits of documents',
  'storage:admin': 'Manage storage places and migrations',
  'ai:admin': 'Manage the AI',
}

/**
 * The scopes of a new token, each once, in order.
 * @throws InvalidInputError for none, an unknown one, or one that the person could not use themselves
 */
export function checkScopes(scopes: readonly string[], viewer: Viewer): string[] {
  const chosen = [...new Set(scopes)].toSorted()
  if (!chosen.length) throw new InvalidInputError('scopes', 'Choose at least one thing that the token may do.')
  for (const scope of chosen) {
    if (!Object.hasOwn(SCOPES, scope))
      throw new InvalidInputError('scopes', `There is no such scope. There are: ${Object.keys(SCOPES).join(', ')}.`)
    const [service, right] = scope.split(':')
    if (right === 'admin' && viewer.role !== 'ADMIN' && !viewer.groups.includes(`${service}-admin`))
      throw new InvalidInputError('scopes', `You may not give the scope ${scope}: you do not have that right yourself.`)
  }
  return chosen
}
