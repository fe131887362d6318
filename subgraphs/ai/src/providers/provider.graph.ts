import { DomainError } from '@archivolt/kit/errors/domain-error'
import { builder } from '../graph/builder.ts'
import { AiFailedError } from './provider.errors.ts'

builder.objectType(AiFailedError, {
  name: 'AiFailedError',
  interfaces: [DomainError],
  description:
    'The AI provider did not do its part; nothing was changed. Codes: ai.not_configured, ai.unreachable, ai.timeout, ai.refused_key, ai.unknown_model, ai.rate_limited, ai.bad_answer.',
})
