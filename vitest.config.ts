import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** `*.real.test.ts` need servers that npm does not bring; `npm run test:real` installs and runs those. */
const real = ['**/*.real.test.ts', '**/node_modules/**']

export default defineConfig({
  // Vite would take graphql's ES module where Node takes its CommonJS one: two copies do not know each other's types.
  resolve: { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }] },
  test: {
    globalSetup: ['./kit/src/testing/global-setup.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: { name: 'units', include: ['{kit,gateway,schema,subgraphs}/**/*.test.ts'], exclude: real },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          exclude: real,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: ['**/*.real.test.ts'],
          exclude: ['**/node_modules/**'],
          globalSetup: ['./scripts/real/install.ts'],
          testTimeout: 60_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      './web/vitest.config.ts',
    ],
  },
})
