/** A topic as a provider proposes it: short, free of control characters, and unlike every other of the same answer. */
export interface ProposedTopic {
  topic: string
  /** Whether it is one the person already uses, and then spelled as they spell it. */
  known: boolean
}

/**
 * An AI that reads text. Every failure is an AiFailedError, within the provider's own time limit, and names neither a
 * key nor the text. When `signal` aborts, a call rejects with its reason.
 */
export interface AiProvider {
  readonly name: string
  readonly model: string
  /**
   * At most 8 topics for a text, those among `known` first; none when nothing fits. Of the text only the first 8,000
   * characters are sent.
   */
  suggestTopics(text: string, known: readonly string[], signal: AbortSignal): Promise<ProposedTopic[]>
  /** Resolves when the provider answers, accepts the key and has the model. Sends no text. */
  health(signal: AbortSignal): Promise<void>
}

/** The most characters of a document that one call sends away. */
export const MAX_TEXT = 8_000
/** How long a provider may take for one answer, connecting and retrying included. */
export const PROVIDER_TIMEOUT_MS = 20_000
