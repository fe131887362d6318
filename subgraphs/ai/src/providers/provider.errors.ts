import { DomainError } from '@archivolt/kit/errors/domain-error'

type AiFailure =
  | 'ai.not_configured'
  | 'ai.unreachable'
  | 'ai.timeout'
  | 'ai.refused_key'
  | 'ai.unknown_model'
  | 'ai.rate_limited'
  | 'ai.bad_answer'

/** The AI provider did not do its part. The message says what to do; it never holds a key or text of a document. */
export class AiFailedError extends DomainError {
  constructor(code: AiFailure, message: string, options?: { cause?: unknown }) {
    super(code, message, options)
  }
}

interface Maker {
  name: string
  model: string
}
type Options = { cause?: unknown }

/** The failures of a provider, in words that the person or their administrator can act on. */
export const aiFailures = {
  notConfigured: (missing: readonly string[]) =>
    new AiFailedError(
      'ai.not_configured',
      missing.length
        ? `The AI provider of this vault is not fully set up. Ask an administrator to set ${missing.join(' and ')}.`
        : 'This vault has no AI provider. Ask an administrator to choose one with DEFAULT_AI_PROVIDER.',
    ),
  unreachable: (by: Maker, options?: Options) =>
    new AiFailedError(
      'ai.unreachable',
      `The AI provider ${by.name} does not answer. Check that it is running and that its address is right, then try again.`,
      options,
    ),
  faulty: (by: Maker, status: number, options?: Options) =>
    new AiFailedError(
      'ai.unreachable',
      `The AI provider ${by.name} has a fault of its own right now (status ${status}). Try again later.`,
      options,
    ),
  timeout: (by: Maker, timeoutMs: number, options?: Options) =>
    new AiFailedError(
      'ai.timeout',
      `The AI provider ${by.name} gave no answer within ${timeoutMs / 1000} s. Try again, or choose a faster model than ${by.model}.`,
      options,
    ),
  refusedKey: (by: Maker, options?: Options) =>
    new AiFailedError(
      'ai.refused_key',
      `The AI provider ${by.name} refused the API key of this vault. Ask an administrator to set a valid one.`,
      options,
    ),
  unknownModel: (by: Maker, options?: Options) =>
    new AiFailedError(
      'ai.unknown_model',
      `The AI provider ${by.name} has no model ${by.model}. Ask an administrator to set DEFAULT_AI_MODEL to one it has.`,
      options,
    ),
  rateLimited: (by: Maker, retryAfterSeconds: number | null, options?: Options) =>
    new AiFailedError(
      'ai.rate_limited',
      `The AI provider ${by.name} has had too many requests from this vault. Try again ${retryAfterSeconds === null ? 'in a while' : `in ${retryAfterSeconds} s`}.`,
      options,
    ),
  outOfCredit: (by: Maker, options?: Options) =>
    new AiFailedError(
      'ai.rate_limited',
      `The account of this vault at the AI provider ${by.name} is used up. Ask an administrator to look at its plan.`,
      options,
    ),
  refused: (by: Maker, status: number, options?: Options) =>
    new AiFailedError(
      'ai.bad_answer',
      `The AI provider ${by.name} did not accept the request (status ${status}). Check that ${by.model} is a model for chats.`,
      options,
    ),
  badAnswer: (by: Maker, options?: Options) =>
    new AiFailedError(
      'ai.bad_answer',
      `The AI provider ${by.name} gave an answer that cannot be read. Try again, or choose another model than ${by.model}.`,
      options,
    ),
}
