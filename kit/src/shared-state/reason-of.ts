/**
 * What went wrong with a connection, in one line for a log. The errors themselves may carry the whole client, with its
 * settings and secrets, and an AggregateError of several refused addresses has no message of its own.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.message) return error.message
  const { code } = error as NodeJS.ErrnoException
  return code ?? error.name
}
