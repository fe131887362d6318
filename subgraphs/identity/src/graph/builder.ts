import { createBuilder } from '@archivolt/kit/graph/create-builder'
import { jsonScalar } from '@archivolt/kit/graph/scalars'
import type PrismaTypes from '../../prisma/pothos-types.ts'
import { getDatamodel } from '../../prisma/pothos-types.ts'
import type { Context } from './context.ts'

export const builder = createBuilder<PrismaTypes, Context>({ client: (context) => context.db, dmmf: getDatamodel() })

builder.queryType({})
builder.mutationType({})
builder.subscriptionType({})
builder.scalarType('JSON', jsonScalar)
