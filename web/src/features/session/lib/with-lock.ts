/**
 * Runs alone among all tabs of this vault. Web Locks exist on HTTPS and localhost only; elsewhere the server's grace
 * for a refresh token used twice at once has to do.
 */
export async function withLock<T>(name: string, run: () => Promise<T>): Promise<T> {
  const locks = typeof navigator === 'undefined' ? undefined : (navigator.locks as LockManager | undefined)
  return locks ? await locks.request(name, run) : await run()
}
