import { DomainError } from '@archivolt/kit/errors/domain-error'

/** What a feature did instead of answering as agreed. The sentence goes on after "It …". */
export class FeatureFailedError extends DomainError {
  /** What the feature itself gave as its reason. */
  readonly refusal: string | undefined
  constructor(what: string, refusal?: string, options?: { cause?: unknown }) {
    super('identity.plugin.failed', `It ${what}.`, options)
    this.refusal = refusal
  }
}

/** The settings do not fit their schema. */
export class SettingsInvalidError extends DomainError {
  /** One sentence for each fault, with the JSON pointer of where it is. */
  readonly faults: { path: string; message: string }[]
  constructor(faults: { path: string; message: string }[]) {
    const [first] = faults
    super(
      'identity.plugin.settings_invalid',
      first ? `${first.path || 'The settings'} ${first.message}.` : 'The settings do not fit.',
    )
    this.faults = faults
  }
}

/** The feature itself does not take the settings. */
export class SettingsRefusedError extends DomainError {
  constructor(reason: string) {
    super('identity.plugin.settings_refused', reason)
  }
}
