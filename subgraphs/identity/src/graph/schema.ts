import '../access/app.graph.ts'
import '../api-tokens/api-token.graph.ts'
import '../audit/audit.graph.ts'
import '../emails/email.graph.ts'
import '../groups/group.graph.ts'
import '../passwords/password.graph.ts'
import '../plugins/plugin.graph.ts'
import '../plugins/settings.graph.ts'
import '../services/service.graph.ts'
import '../sessions/session.graph.ts'
import '../two-factor/two-factor.graph.ts'
import '../users/people.graph.ts'
import '../users/register.graph.ts'
import '../users/user.graph.ts'
import { toSubgraphSchema } from '@archivolt/kit/graph/create-builder'
import { builder } from './builder.ts'

/** The executable schema of the identity subgraph. */
export const schema = toSubgraphSchema(builder)
