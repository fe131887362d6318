import { builder } from '../graph/builder.ts'
import { AiFailedError } from '../providers/provider.errors.ts'
import type { AiSettings } from './ai-settings.ts'
import type { AiConnection } from './usecases/test-ai-connection.ts'

const AiSettingsRef = builder.objectRef<AiSettings>('AiSettings').implement({
  description: 'Which AI this vault asks. Keys are never shown.',
  fields: (t) => ({
    provider: t.exposeString('provider', { description: '"none" until an administrator chooses one.' }),
    model: t.exposeString('model', { description: 'Empty while none is set.' }),
    configured: t.exposeBoolean('configured', {
      description: 'Whether everything is set that the provider needs; not whether it answers.',
    }),
  }),
})

builder.queryField('aiSettings', (t) =>
  t.withAuth({ signedIn: true }).field({ type: AiSettingsRef, resolve: (_root, _args, { settings }) => settings }),
)

const TestAiConnectionSuccess = builder.objectRef<AiConnection>('TestAiConnectionSuccess').implement({
  fields: (t) => ({
    provider: t.exposeString('provider'),
    model: t.exposeString('model'),
    latencyMs: t.exposeInt('latencyMs'),
  }),
})

builder.mutationField('testAiConnection', (t) =>
  t.withAuth({ admin: true }).field({
    type: TestAiConnectionSuccess,
    description: 'Asks the provider whether it answers, accepts the key and has the model. For administrators.',
    errors: { types: [AiFailedError] },
    resolve: (_root, _args, { usecases }) => usecases.testAiConnection(),
  }),
)
