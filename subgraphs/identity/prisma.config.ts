import { defineConfig } from 'prisma/config'

// Generating needs no schema engine, but the CLI insists on having one and would download it; any file satisfies it.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  ...(process.env.DATABASE_MIGRATE_URL && { datasource: { url: process.env.DATABASE_MIGRATE_URL } }),
})
