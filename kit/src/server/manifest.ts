import { z } from 'zod'

/** What a feature says of itself at `GET /plugin/manifest`. What it says beyond this is left alone. */
export const manifestSchema = z.object({
  id: z.string().regex(/^[a-z][a-z0-9-]{1,39}$/, 'must be a slug of 2 to 40 characters'),
  name: z.string().min(1).max(60),
  version: z.string().min(1).max(40),
  description: z.string().max(300),
  /** Name of a Lucide icon. */
  icon: z.string().max(60),
  routes: z
    .array(
      z.object({
        path: z.string().regex(/^\/[a-z0-9/-]*$/),
        label: z.string().min(1).max(40),
        icon: z.string().max(60),
      }),
    )
    .max(20),
  access: z.object({ allowSuperuser: z.boolean(), requiredGroups: z.array(z.string().max(60)).max(20) }),
  /** Whether `GET|PATCH /plugin/settings` are there. */
  settings: z.boolean().optional(),
  /** Whether a federation subgraph is at `/graphql`. */
  subgraph: z.boolean().optional(),
})

export type Manifest = z.infer<typeof manifestSchema>

/** The same as JSON Schema (2020-12), for whoever writes a feature in another language. */
export const manifestJsonSchema = (): object => z.toJSONSchema(manifestSchema, { io: 'input' })
