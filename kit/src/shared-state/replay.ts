/**
 * Remembers keys for a time: revoked sessions and tokens, tickets that may be used once.
 * It fails closed: when the store does not answer, so says the error, and the caller must refuse.
 */
export interface ReplayStore {
  /**
   * True for the first claimer only, however many try at once; false while an earlier claim lasts, which keeps its own end.
   * After an error the claim may or may not have been taken.
   * @throws RangeError when `ttlSeconds` is not positive; the store's error when it is away.
   */
  claim(key: string, ttlSeconds: number): Promise<boolean>
  /** Whether any of the keys is claimed and not expired; false for none. Throws the store's error when it is away. */
  has(keys: readonly string[]): Promise<boolean>
}

/** @throws RangeError for a time that is not positive: such a claim would protect nothing. */
export function checkTtl(ttlSeconds: number): void {
  if (!(Number.isFinite(ttlSeconds) && ttlSeconds > 0))
    throw new RangeError(`A claim lasts longer than 0 s, not ${ttlSeconds}.`)
}
