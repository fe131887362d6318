import { z } from 'zod'

/** What an administrator gives to reach a bucket. */
export const s3Config = z.object({
  /** Left out for AWS itself. */
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  /** The address that browsers reach the same service by, when it is another one. */
  publicEndpoint: z.url({ protocol: /^https?$/ }).optional(),
  region: z.string().min(1).default('us-east-1'),
  bucket: z.string().min(1),
  accessKey: z.string().min(1),
  secretKey: z.string().min(1),
  /** Whether the bucket is part of the path rather than of the host's name. By default true with an endpoint. */
  forcePathStyle: z.boolean().optional(),
  /** What the names of all objects begin with, as `vaults/one`. */
  prefix: z
    .string()
    .regex(/^[^/].*$/, 'A prefix does not begin with a slash.')
    .optional(),
})

export type S3Config = z.input<typeof s3Config>

/** Whether AWS itself answers there. Only it is known to understand the checksums that its SDK would send. */
export function isAws(endpoint: string | undefined): boolean {
  return !endpoint || /\.amazonaws\.com(\.cn)?$/.test(new URL(endpoint).hostname)
}
