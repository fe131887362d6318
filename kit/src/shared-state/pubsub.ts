/** What a subscriber reads. After a `gap` messages may have been missed: read the state again. */
export type PubSubEvent = { kind: 'message'; message: string } | { kind: 'gap' }

/**
 * Tells other processes that something happened. Nothing is stored: whoever does not listen misses it.
 * Carry ids, never content.
 */
export interface PubSub {
  /**
   * Resolves when the server has taken the message; it reaches every current subscriber of the channel,
   * those of this process included.
   * @throws RangeError for a channel or message that does not fit; the store's error when it is away.
   */
  publish(channel: string, message: string): Promise<void>
  /**
   * Effective once resolved: whatever is published from then on is delivered, or replaced by a `gap`.
   * `return()` and `signal` end the iteration at once, also while a `next()` is waiting, and drop what was not read yet.
   * A reader more than 1,000 events behind gets one `gap` in their place.
   */
  subscribe(channel: string, options?: { signal?: AbortSignal }): Promise<AsyncIterableIterator<PubSubEvent>>
  /** Ends every subscription. */
  close(): Promise<void>
}

/** The most bytes of one message. PostgreSQL takes less than 8,000 for channel and message together. */
export const MAX_MESSAGE_BYTES = 7_000
const MAX_CHANNEL_BYTES = 500

/** @throws RangeError when the name is empty, too long, or holds a line break (which separates it from the message). */
export function checkChannel(channel: string): void {
  if (channel === '' || Buffer.byteLength(channel) > MAX_CHANNEL_BYTES || /[\n\0]/.test(channel)) {
    throw new RangeError(
      `A channel name has 1 to ${MAX_CHANNEL_BYTES} bytes without line breaks; got ${JSON.stringify(channel.slice(0, 60))}.`,
    )
  }
}

/** @throws RangeError when the message is over MAX_MESSAGE_BYTES or holds a NUL, which PostgreSQL cannot carry. */
export function checkMessage(message: string): void {
  const bytes = Buffer.byteLength(message)
  if (bytes > MAX_MESSAGE_BYTES) {
    throw new RangeError(
      `A message may have ${MAX_MESSAGE_BYTES} bytes, this one has ${bytes}: publish an id and let readers fetch the rest.`,
    )
  }
  if (message.includes('\0')) throw new RangeError('A message must not contain a NUL character.')
}
