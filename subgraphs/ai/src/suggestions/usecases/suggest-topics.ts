import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import { fromGlobalId } from '@archivolt/kit/graph/global-id'
import type { Logger } from '@archivolt/kit/log/logger'
import type { PrismaClient, Suggestion } from '../../../prisma/client/client.ts'
import type { Caller, DocumentText } from '../../documents/document-text.ts'
import { AiFailedError } from '../../providers/provider.errors.ts'
import type { AiProvider, ProposedTopic } from '../../providers/provider.ts'
import type { LimitSuggestions } from '../limit-suggestions.ts'
import { findSuggestions } from '../find-suggestions.ts'
import { keepSuggestions } from './keep-suggestions.ts'

interface Deps {
  db: PrismaClient
  provider: AiProvider
  documentText: DocumentText
  limitSuggestions: LimitSuggestions
  log: Logger
  /** Aborts when the service closes. */
  signal: AbortSignal
}

/**
 * Asks the provider for topics of a document and keeps them as suggestions.
 * @param document its global id
 * @returns all suggestions of the document that are not rejected, earlier ones too
 * @throws NotFoundError, AiFailedError, RateLimitedError, UnavailableError; then nothing is kept
 */
export const suggestTopics =
  (deps: Deps) =>
  async (document: string, caller: Caller): Promise<Suggestion[]> => {
    const documentId = fromGlobalId('Document', document)
    if (!documentId) throw new NotFoundError('The document')
    await deps.limitSuggestions(caller.viewer.userId)
    const { title, text, topics } = await deps.documentText(documentId, caller, deps.signal)
    const proposed = await ask(deps, `${title}\n\n${text}`, topics, caller)
    await keepSuggestions(deps.db, { documentId, proposed, by: deps.provider })
    return findSuggestions(deps.db, [documentId])
  }

async function ask(
  { provider, signal, log }: Deps,
  text: string,
  known: string[],
  { requestId }: Caller,
): Promise<ProposedTopic[]> {
  try {
    return await provider.suggestTopics(text, known, signal)
  } catch (error) {
    // The person is told what to do; the operator also sees how it failed.
    if (error instanceof AiFailedError)
      log.warn({ err: error, provider: provider.name, model: provider.model, requestId }, 'the AI provider failed')
    throw error
  }
}
