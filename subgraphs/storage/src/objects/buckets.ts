import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import { IdentityRefused } from '@archivolt/kit/identity/verify'

export type BucketName = 'config' | 'previews' | 'exports' | 'audit'

/** Which services use a bucket. In `config`, where all do, each stays below its own name. */
const USERS: Record<BucketName, readonly string[]> = {
  config: ['identity', 'documents', 'ai', 'gateway'],
  previews: ['documents'],
  exports: ['identity', 'documents'],
  audit: ['identity'],
}
export const CALLERS = [...new Set(Object.values(USERS).flat())]

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/
const MAX_LENGTH = 400

/** The bucket, if the caller may use it. @throws NotFoundError, IdentityRefused */
export function bucketFor(caller: string, bucket: string | undefined): BucketName {
  if (!bucket || !Object.hasOwn(USERS, bucket)) throw new NotFoundError('The bucket')
  const known = bucket as BucketName
  if (!USERS[known].includes(caller)) throw new IdentityRefused(`${caller} does not use the bucket ${known}`)
  return known
}

/** The name, if it is one and the caller may use it. @throws NotFoundError, IdentityRefused */
export function nameFor(caller: string, bucket: BucketName, name: string | undefined): string {
  if (!name || name.length > MAX_LENGTH || !NAME.test(name)) throw new NotFoundError('An object of that name')
  if (bucket === 'config' && !name.startsWith(`${caller}/`))
    throw new IdentityRefused(`${caller} keeps its settings below ${caller}/`)
  return name
}

/** The prefix a caller may list by. @throws IdentityRefused */
export function prefixFor(caller: string, bucket: BucketName, prefix: string): string {
  if (bucket === 'config' && !prefix.startsWith(`${caller}/`))
    throw new IdentityRefused(`${caller} keeps its settings below ${caller}/`)
  return prefix
}
