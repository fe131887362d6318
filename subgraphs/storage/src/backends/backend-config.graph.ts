import { InvalidInputError } from '@archivolt/kit/errors/domain-error'
import type { ConfiguredKind } from '../drivers/registry.ts'
import { builder } from '../graph/builder.ts'

const LocalInput = builder.inputType('LocalBackendInput', {
  fields: (t) => ({
    root: t.string({
      description: "A folder of the machine that storage runs on; relative ones lie below the vault's data.",
    }),
  }),
})

const S3Input = builder.inputType('S3BackendInput', {
  fields: (t) => ({
    endpoint: t.string({ description: 'Left out for AWS itself.' }),
    publicEndpoint: t.string({
      description:
        'The address at which clients reach the same service. With it, they exchange bytes with it directly.',
    }),
    region: t.string(),
    bucket: t.string(),
    prefix: t.string({ description: 'What all names in the bucket begin with.' }),
    accessKey: t.string(),
    secretKey: t.string(),
    forcePathStyle: t.boolean({ description: 'Whether the bucket is part of the path; by default with an endpoint.' }),
  }),
})

export const WebdavInput = builder.inputType('WebdavBackendInput', {
  fields: (t) => ({
    url: t.string(),
    username: t.string(),
    password: t.string(),
    root: t.string({ description: 'A folder below the address; made at the first write.' }),
  }),
})

export const NextcloudInput = builder.inputType('NextcloudBackendInput', {
  fields: (t) => ({
    url: t.string({ description: 'The address of the Nextcloud itself.' }),
    username: t.string(),
    appPassword: t.string({ description: 'Made in the security settings of the account.' }),
    root: t.string({ description: 'The folder of the vault; "Archivolt" without it.' }),
  }),
})

/** One member, the one of the driver. */
export const BackendConfigInput = builder.inputType('StorageBackendConfigInput', {
  description: 'Give the one member that fits the driver.',
  fields: (t) => ({
    local: t.field({ type: LocalInput }),
    s3: t.field({ type: S3Input }),
    webdav: t.field({ type: WebdavInput }),
    nextcloud: t.field({ type: NextcloudInput }),
  }),
})

const MEMBER: Record<ConfiguredKind, string> = { LOCAL: 'local', S3: 's3', WEBDAV: 'webdav', NEXTCLOUD: 'nextcloud' }

/** The member of the input that fits the driver, without what was left out. @throws InvalidInputError when it is missing */
export function configOf(driver: ConfiguredKind, input: object): Record<string, unknown> {
  const member = MEMBER[driver]
  return given(`config.${member}`, (input as Record<string, object | null | undefined>)[member])
}

/** What was filled in. @throws InvalidInputError when nothing was */
export function given(field: string, config: object | null | undefined): Record<string, unknown> {
  if (!config) throw new InvalidInputError(field, `Fill in "${field}".`)
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null && value !== undefined))
}
