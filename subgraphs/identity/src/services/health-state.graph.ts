import { builder } from '../graph/builder.ts'

export const HealthStateEnum = builder.enumType('HealthState', {
  values: ['OK', 'DEGRADED', 'DOWN', 'UNKNOWN'] as const,
})
