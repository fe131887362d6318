import SchemaBuilder from '@pothos/core'
import DataloaderPlugin from '@pothos/plugin-dataloader'
import DirectivesPlugin from '@pothos/plugin-directives'
import ErrorsPlugin from '@pothos/plugin-errors'
import FederationPlugin from '@pothos/plugin-federation'
import PrismaPlugin from '@pothos/plugin-prisma'
import RelayPlugin from '@pothos/plugin-relay'
import ScopeAuthPlugin from '@pothos/plugin-scope-auth'
import { lexicographicSortSchema, type GraphQLSchema } from 'graphql'
import {
  DomainError,
  InvalidInputError,
  NotFoundError,
  RateLimitedError,
  StepUpRequiredError,
  UnavailableError,
} from '../errors/domain-error.ts'
import { forbidden, unauthenticated } from '../errors/to-graphql.ts'
import type { Viewer } from '../identity/identity.ts'
import type { SignedIn, SubgraphContext } from './context.ts'
import { byteCountScalar, dateTimeScalar } from './scalars.ts'

export interface KitSchemaTypes<PrismaTypes, Context extends SubgraphContext> {
  Context: Context
  PrismaTypes: PrismaTypes
  DefaultFieldNullability: false
  DefaultEdgesNullability: false
  DefaultNodeNullability: false
  AuthScopes: {
    /** Anyone, a stranger too. */
    public: boolean
    /** A person, or a token of theirs. */
    signedIn: boolean
    /** A person who has signed in themselves; never a token of theirs. */
    session: boolean
    admin: boolean
    /** An administrator, or a member of the group `{service}-admin`; a token needs the scope `{service}:admin`. */
    serviceAdmin: string
    /** An API token needs this scope; a signed-in session has them all. */
    scope: string
  }
  AuthContexts: {
    signedIn: SignedIn<Context>
    session: SignedIn<Context>
    admin: SignedIn<Context>
    serviceAdmin: SignedIn<Context>
    scope: SignedIn<Context>
  }
  Scalars: {
    DateTime: { Input: Date; Output: Date }
    ByteCount: { Input: number; Output: number | bigint }
    /** Only where the service adds it to its builder. */
    JSON: { Input: unknown; Output: unknown }
    ID: { Input: string; Output: string }
  }
}

/** A Pothos builder whose types are those of one service. */
export type KitBuilder<PrismaTypes extends object, Context extends SubgraphContext> = PothosSchemaTypes.SchemaBuilder<
  PothosSchemaTypes.ExtendDefaultTypes<KitSchemaTypes<PrismaTypes, Context>>
>

/**
 * The builder of one subgraph, with everything the four have in common: scalars, the `Error` interface and its common
 * members, Relay connections, refusals, result unions. Types are added beside it, in the files of their features.
 * @param prisma.client takes the service's Prisma client out of the context
 * @param prisma.dmmf the generated data model
 */
export function createBuilder<PrismaTypes extends object, Context extends SubgraphContext>(prisma: {
  client: (context: Context) => unknown
  dmmf: unknown
}): KitBuilder<PrismaTypes, Context> {
  // Inside this function the type parameters are open, and Pothos cannot reduce its option types over open types;
  // every value below is checked again where a service uses the builder.
  type Open = KitBuilder<object, SubgraphContext>
  const builder = new SchemaBuilder({
    // Scope-auth first: a refusal is a top-level error of the platform, never a member of a field's union. Errors come
    // before Dataloader and Prisma, whose fields they wrap; Federation last, because it follows the wrappers.
    plugins: [
      ScopeAuthPlugin,
      ErrorsPlugin,
      DataloaderPlugin,
      PrismaPlugin,
      RelayPlugin,
      DirectivesPlugin,
      FederationPlugin,
    ],
    defaultFieldNullability: false,
    scopeAuth: {
      authScopes: (context: SubgraphContext) => ({
        public: true,
        signedIn: context.viewer !== null,
        session: context.viewer !== null && context.viewer.scopes === null,
        admin: context.viewer?.role === 'ADMIN' && context.viewer.scopes === null,
        serviceAdmin: (service: string) => isServiceAdmin(context.viewer, service),
        scope: (scope: string) => context.viewer !== null && (context.viewer.scopes?.includes(scope) ?? true),
      }),
      unauthorizedError: (_parent: unknown, context: SubgraphContext) =>
        context.viewer ? forbidden() : unauthenticated(),
      authorizeOnSubscribe: true,
      treatErrorsAsUnauthorized: false,
    },
    errors: {
      directResult: true,
      defaultUnionOptions: {
        name: ({ fieldName }: { fieldName: string }) => `${fieldName[0]?.toUpperCase()}${fieldName.slice(1)}Result`,
      },
    },
    relay: {
      nodeQueryOptions: false,
      nodesQueryOptions: false,
      cursorType: 'String',
      pageInfoTypeOptions: { shareable: true },
      edgesFieldOptions: { nullable: false },
      nodeFieldOptions: { nullable: false },
    },
    prisma: {
      ...prisma,
      defaultConnectionSize: 20,
      maxConnectionSize: 100,
      filterConnectionTotalCount: true,
      onUnusedQuery: null,
    },
  } as never) as unknown as Open
  builder.scalarType('DateTime', dateTimeScalar)
  builder.scalarType('ByteCount', byteCountScalar)
  addCommonErrors(builder)
  return builder as unknown as KitBuilder<PrismaTypes, Context>
}

function isServiceAdmin(viewer: Viewer | null, service: string): boolean {
  if (!viewer || !(viewer.scopes?.includes(`${service}:admin`) ?? true)) return false
  return viewer.role === 'ADMIN' || viewer.groups.includes(`${service}-admin`)
}

function addCommonErrors(builder: KitBuilder<object, SubgraphContext>): void {
  builder.interfaceType(DomainError, {
    name: 'Error',
    description: 'A failure that the caller can act on.',
    fields: (t) => ({
      message: t.exposeString('message', { description: 'One sentence for a human.' }),
      code: t.exposeString('code', { description: 'Stable text for programs.' }),
    }),
  })
  const common = { interfaces: [DomainError], shareable: true }
  builder.objectType(NotFoundError, { name: 'NotFoundError', ...common })
  builder.objectType(UnavailableError, { name: 'UnavailableError', ...common })
  builder.objectType(InvalidInputError, {
    name: 'InvalidInputError',
    ...common,
    fields: (t) => ({ field: t.exposeString('field') }),
  })
  builder.objectType(StepUpRequiredError, {
    name: 'StepUpRequiredError',
    ...common,
    description: 'The sign-in is too long ago: call `reauthenticate`, then try again.',
  })
  builder.objectType(RateLimitedError, {
    name: 'RateLimitedError',
    ...common,
    fields: (t) => ({ retryAfterSeconds: t.exposeInt('retryAfterSeconds') }),
  })
}

/** Makes the executable federation schema, sorted so that its printed form never depends on import order. */
export function toSubgraphSchema(builder: { toSubGraphSchema(options: object): GraphQLSchema }): GraphQLSchema {
  return lexicographicSortSchema(builder.toSubGraphSchema({ linkUrl: 'https://specs.apollo.dev/federation/v2.9' }))
}
