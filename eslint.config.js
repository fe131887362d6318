import js from '@eslint/js'
import prettier from 'eslint-config-prettier'
import vue from 'eslint-plugin-vue'
import ts from 'typescript-eslint'

const SERVICES = ['identity', 'documents', 'storage', 'ai']

/** Foreign SDKs stay in the adapters that are made for them. */
const ADAPTERS_ONLY = '^(openai|@aws-sdk|webdav|ioredis|mammoth|@hyzyla/pdfium|@node-rs/argon2|bullmq|piscina)(/|$)'
/** Whatever dials out or touches the disk is an adapter. */
const FILES = '^(node:)?fs(/promises)?$'

/** One entry of `no-restricted-imports`: who may not be imported, and the sentence that says why. */
const ban = (group, message) => ({ group, message })

const SDK_BAN = { regex: ADAPTERS_ONLY, message: 'SDKs are imported by their adapter alone; call the port.' }
const FILE_BAN = { regex: FILES, message: 'Bytes live in storage: only its drivers open, write or delete files.' }

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
    rules: { 'no-restricted-imports': restrict([...walls(name), SDK_BAN, FILE_BAN]) },
  })),
  {
    // The adapters of each service, whose whole purpose is the world outside.
    files: ['subgraphs/storage/src/drivers/**/*.ts'],
    rules: { 'no-restricted-imports': restrict(walls('storage')) },
  },
  {
    files: ['subgraphs/documents/src/ingest/extract/**/*.ts'],
    rules: { 'no-restricted-imports': restrict(walls('documents')) },
  },
  {
    files: ['subgraphs/ai/src/providers/**/*.ts'],
    rules: { 'no-restricted-imports': restrict([...walls('ai'), FILE_BAN]) },
  },
  {
    files: ['subgraphs/identity/src/users/passwords.ts'],
    rules: { 'no-restricted-imports': restrict([...walls('identity'), FILE_BAN]) },
  },
  {
    files: ['subgraphs/**/*.test.ts'],
    rules: { 'no-restricted-imports': 'off' },
  },
  {
    files: ['kit/src/**/*.ts'],
    rules: {
      'no-restricted-imports': restrict([
        ban(['@archivolt/*', '**/subgraphs/**', '**/gateway/**'], 'The kit knows no service.'),
      ]),
    },
  },
  {
    files: ['gateway/src/**/*.ts'],
    rules: {
      'no-restricted-imports': restrict([
        ban(
          SERVICES.flatMap((name) => [`@archivolt/${name}`, `@archivolt/${name}/*`, `**/subgraphs/${name}/**`]),
          'The gateway knows services by their schema and their address alone.',
        ),
        SDK_BAN,
      ]),
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
