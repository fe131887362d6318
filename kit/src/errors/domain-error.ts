/**
 * A failure that the person asking can act on. `code` is stable and namespaced (`documents.upload.too_large`);
 * `message` is one sentence for a human. Anything that is not a DomainError is masked before it leaves a service.
 */
export class DomainError extends Error {
  readonly code: string
  /** What an HTTP door answers with it; GraphQL tells it by its type. */
  readonly status: number = 422
  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** The thing asked for is not there, or not for this person: the two are never told apart. */
export class NotFoundError extends DomainError {
  override readonly status = 404
  constructor(what: string, options?: { code?: string }) {
    super(options?.code ?? 'not_found', `${what} was not found.`)
  }
}

/** One field of the input is not acceptable. */
export class InvalidInputError extends DomainError {
  readonly field: string
  constructor(field: string, message: string, options?: { code?: string }) {
    super(options?.code ?? 'invalid_input', message)
    this.field = field
  }
}

/** Too many tries; `retryAfterSeconds` says when the next one counts again. */
export class RateLimitedError extends DomainError {
  override readonly status = 429
  readonly retryAfterSeconds: number
  constructor(retryAfterSeconds: number) {
    const wait = retryAfterSeconds < 90 ? `${retryAfterSeconds} s` : `${Math.ceil(retryAfterSeconds / 60)} min`
    super('rate_limited', `Too many attempts. Try again in ${wait}.`)
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** The sign-in is too long ago for what was asked. */
export class StepUpRequiredError extends DomainError {
  constructor() {
    super('identity.step_up_required', 'Confirm that it is you: give your password, and your code if you use one.')
  }
}

/** Another service of the house does not answer; what was asked has not happened. */
export class UnavailableError extends DomainError {
  override readonly status = 503
  constructor(what: string, options?: { cause?: unknown }) {
    super('unavailable', `${what} is not reachable right now. Nothing was changed; try again in a moment.`, options)
  }
}
