import { Kind, type FragmentDefinitionNode, type OperationDefinitionNode, type SelectionSetNode } from 'graphql'

/** `__Host-` needs https or localhost; on a plain-HTTP network identity uses the names without it. */
const SESSION_COOKIES = ['archivolt_refresh', 'archivolt_device'].flatMap((name) => [`__Host-${name}`, name])

const SESSION_MUTATIONS = new Set([
  'login',
  'register',
  'refreshSession',
  'logout',
  'logoutEverywhere',
  'verifyTwoFactor',
  'resetPassword',
  'changePassword',
])

/** `name=value` of the session's cookies in a `cookie` header, if they are there; every other cookie stays outside. */
export function sessionCookiesIn(header: string | undefined): string | undefined {
  const pairs = header?.split(';').map((pair) => pair.trim()) ?? []
  return pairs.filter((pair) => SESSION_COOKIES.includes(nameOf(pair))).join('; ') || undefined
}

/** Of the cookies a subgraph wants to set, those it may set. */
export const settableCookies = (values: readonly string[]): string[] =>
  values.filter((value) => SESSION_COOKIES.includes(nameOf(value)))

const nameOf = (pair: string): string => pair.slice(0, Math.max(0, pair.indexOf('=')))

/** Whether the operation is a mutation that does nothing but begin, prolong or end a session. */
export function isSessionMutation(
  operation: OperationDefinitionNode,
  fragments: Readonly<Record<string, FragmentDefinitionNode>>,
): boolean {
  return operation.operation === 'mutation' && onlySessionFields(operation.selectionSet, fragments)
}

function onlySessionFields(
  set: SelectionSetNode,
  fragments: Readonly<Record<string, FragmentDefinitionNode>>,
): boolean {
  return set.selections.every((selection) => {
    if (selection.kind === Kind.FIELD)
      return selection.name.value === '__typename' || SESSION_MUTATIONS.has(selection.name.value)
    if (selection.kind === Kind.INLINE_FRAGMENT) return onlySessionFields(selection.selectionSet, fragments)
    const fragment = fragments[selection.name.value]
    return fragment !== undefined && onlySessionFields(fragment.selectionSet, fragments)
  })
}
