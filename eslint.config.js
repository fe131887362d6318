import js from '@eslint/js'
import prettier from 'eslint-config-prettier'
import vue from 'eslint-plugin-vue'
import ts from 'typescript-eslint'

const SERVICES = ['identity', 'documents', 'storage', 'ai']

/** Foreign SDKs stay in the adapters that are made for them. */
const ADAPTERS_ONLY = '^(openai|@aws-sdk|webdav|ioredis|mammoth|@hyzyla/pdfium|@node-rs/argon2|bullmq|piscina)(/|$)'
/** Whatever dials out or touches the disk is an adapter. */
const FILES = '^(node:)?fs(/promises)?$'

/** What opens connections. Its types may be named anywhere. */
const DIALS_OUT = '^(undici|(node:)?(https?|http2|net|tls))(/|$)'
/**
 * The doors: the only files of the server that dial out. An address that a person typed in is reached through kit/net
 * alone, which judges it; drivers and providers get its agents.
 */
const DOORS = [
  'kit/src/net/**',
  'kit/src/server/service-client.ts',
  'gateway/src/http/**',
  'gateway/src/links/**',
  'subgraphs/identity/src/plugins/fetch-json.ts',
  'subgraphs/identity/src/passwords/pwned-passwords.ts',
  'subgraphs/storage/src/drivers/**',
  'subgraphs/ai/src/providers/**',
  'subgraphs/*/src/**/*.emulator.ts',
  '**/*.test.ts',
]
/** They listen, for as long as it takes to learn which port is free. */
const FREE_PORT_FINDERS = ['kit/src/database/embedded-postgres.ts', 'kit/src/shared-state/redis/test-server.ts']

/** One entry of `no-restricted-imports`: who may not be imported, and the sentence that says why. */
const ban = (group, message) => ({ group, message })

const SDK_BAN = { regex: ADAPTERS_ONLY, message: 'SDKs are imported by their adapter alone; call the port.' }
const FILE_BAN = { regex: FILES, message: 'Bytes live in storage: only its drivers open, write or delete files.' }
const DIAL_BAN = {
  regex: DIALS_OUT,
  allowTypeImports: true,
  message: 'Addresses are dialled by the doors alone (DOORS in eslint.config.js); take an agent of kit/net.',
}

/** The walls between rooms: no service imports another, and none imports the gateway, the client or a script. */
const walls = (own) => [
  ban(
    SERVICES.filter((name) => name !== own).flatMap((name) => [
      `@archivolt/${name}`,
      `@archivolt/${name}/*`,
      `**/subgraphs/${name}/**`,
    ]),
    'Services never import each other: they meet in the supergraph, in jobs and in internal contracts.',
  ),
  ban(
    ['@archivolt/gateway', '@archivolt/gateway/*', '**/gateway/src/**', '@archivolt/web/*'],
    'A service knows nothing of the gateway or the client.',
  ),
]

const KIT_WALL = ban(['@archivolt/*', '**/subgraphs/**', '**/gateway/**'], 'The kit knows no service.')
const GATEWAY_WALL = ban(
  SERVICES.flatMap((name) => [`@archivolt/${name}`, `@archivolt/${name}/*`, `**/subgraphs/${name}/**`]),
  'The gateway knows services by their schema and their address alone.',
)

const restrict = (patterns) => ['error', { patterns }]

export default ts.config(
  {
    ignores: [
      '**/node_modules/',
      '**/dist/',
      'data/',
      'subgraphs/*/prisma/client/',
      'subgraphs/*/prisma/pothos-types.ts',
      'web/src/graphql/*.d.ts',
    ],
  },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...vue.configs['flat/recommended'],
  {
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        Buffer: 'readonly',
        URL: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
      },
    },
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      'no-console': 'error',
      eqeqeq: 'error',
      // The compiler knows which names exist.
      'no-undef': 'off',
    },
  },
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: ts.parser } },
    rules: { 'vue/multi-word-component-names': 'off' },
  },
  ...SERVICES.map((name) => ({
    files: [`subgraphs/${name}/src/**/*.ts`],
    rules: { 'no-restricted-imports': restrict([...walls(name), SDK_BAN, FILE_BAN, DIAL_BAN]) },
  })),
  ...SERVICES.map((name) => ({
    // Emulators listen; whatever else is a door in a service has an entry of its own below.
    files: [`subgraphs/${name}/src/**/*.emulator.ts`],
    rules: { 'no-restricted-imports': restrict([...walls(name), SDK_BAN, FILE_BAN]) },
  })),
  {
    // The adapters of each service, whose whole purpose is the world outside.
    files: ['subgraphs/storage/src/drivers/**/*.ts'],
    rules: { 'no-restricted-imports': restrict(walls('storage')) },
  },
  {
    files: ['subgraphs/documents/src/ingest/{extract,ocr,reader}/**/*.ts'],
    rules: { 'no-restricted-imports': restrict([...walls('documents'), DIAL_BAN]) },
  },
  {
    files: ['subgraphs/ai/src/providers/**/*.ts'],
    rules: { 'no-restricted-imports': restrict([...walls('ai'), FILE_BAN]) },
  },
  {
    files: ['subgraphs/documents/src/shares/link-passwords.ts'],
    rules: { 'no-restricted-imports': restrict([...walls('documents'), FILE_BAN, DIAL_BAN]) },
  },
  {
    files: ['subgraphs/identity/src/passwords/passwords.ts'],
    rules: { 'no-restricted-imports': restrict([...walls('identity'), FILE_BAN, DIAL_BAN]) },
  },
  {
    files: ['subgraphs/identity/src/plugins/fetch-json.ts', 'subgraphs/identity/src/passwords/pwned-passwords.ts'],
    rules: { 'no-restricted-imports': restrict([...walls('identity'), SDK_BAN, FILE_BAN]) },
  },
  {
    files: ['subgraphs/**/*.test.ts'],
    rules: { 'no-restricted-imports': 'off' },
  },
  {
    files: ['kit/src/**/*.ts'],
    rules: { 'no-restricted-imports': restrict([KIT_WALL, DIAL_BAN]) },
  },
  {
    files: ['kit/src/net/**/*.ts', 'kit/src/server/service-client.ts', 'kit/src/**/*.test.ts', ...FREE_PORT_FINDERS],
    rules: { 'no-restricted-imports': restrict([KIT_WALL]) },
  },
  {
    files: ['gateway/src/**/*.ts'],
    rules: { 'no-restricted-imports': restrict([GATEWAY_WALL, SDK_BAN, DIAL_BAN]) },
  },
  {
    files: ['gateway/src/{http,links}/**/*.ts', 'gateway/src/**/*.test.ts'],
    rules: { 'no-restricted-imports': restrict([GATEWAY_WALL, SDK_BAN]) },
  },
  {
    // What dials out without an import.
    files: ['subgraphs/*/src/**/*.ts', 'gateway/src/**/*.ts', 'kit/src/**/*.ts'],
    ignores: DOORS,
    rules: {
      'no-restricted-globals': [
        'error',
        {
          globals: ['fetch', 'WebSocket', 'EventSource'].map((name) => ({ name, message: DIAL_BAN.message })),
          checkGlobalObject: true,
        },
      ],
    },
  },
  {
    // The environment is read in one place of each service, and handed on as typed values.
    files: ['subgraphs/*/src/**/*.ts', 'gateway/src/**/*.ts'],
    ignores: ['**/main.ts', '**/*.test.ts', 'gateway/src/supergraph.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Read the environment in env.ts.' },
      ],
    },
  },
  {
    files: ['scripts/**', 'e2e/**', '**/*.config.*', '**/*.test.ts', '**/*.fixture.ts', '**/test/**', 'schema/**'],
    rules: {
      'no-console': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-this-alias': 'off',
    },
  },
  {
    // A type parameter that is meant to be empty, and errors that are kept as causes.
    files: ['kit/src/graph/*.ts'],
    rules: { '@typescript-eslint/no-empty-object-type': 'off' },
  },
  prettier,
)
