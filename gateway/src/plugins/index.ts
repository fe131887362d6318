import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled'
import type { MaskError } from '../errors/mask-error.ts'
import type { SharedState } from '../shared-state.ts'
import { errorMasking } from './error-masking.ts'
import { introspection } from './introspection.ts'
import { operationLimits } from './operation-limits.ts'
import type { GatewayPlugin } from './plugin.ts'
import { rateLimit } from './rate-limit.ts'

interface Deps {
  rateLimits: SharedState['rateLimits']
  mask: MaskError
  production: boolean
}

/** Everything that happens around an operation, in this order. */
export const createPlugins = ({ rateLimits, mask, production }: Deps): GatewayPlugin[] => [
  // First: whoever asks too often does not cost even a parse.
  rateLimit({ limits: rateLimits }),
  // Before validation, whose own cost an attacker could choose otherwise.
  operationLimits(),
  // After validation, when it is known which fields are asked for.
  introspection({ onlySignedIn: production }),
  // Last: sees every error that any of the above, a subgraph or Apollo made.
  errorMasking(mask),
  // A vault tells nobody else what is asked of it, also where Apollo's variables happen to be set.
  ApolloServerPluginUsageReportingDisabled(),
  ApolloServerPluginSchemaReportingDisabled(),
  // Answers are private; the HTTP layer says so itself.
  ApolloServerPluginCacheControlDisabled(),
  // The playground is our own, under its own path.
  ApolloServerPluginLandingPageDisabled(),
]
