import { z } from 'zod'

const MIB = 1024 * 1024

/** One account on a Nextcloud, with an app password made for this vault. */
export const nextcloudConfig = z.object({
  /** As typed into a browser, with the folder Nextcloud lies in, if any. */
  url: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/[?#].*$/, '').replace(/(\/index\.php)?\/*$/, '')),
  /** The name or address the person signs in with. */
  username: z.string().min(1),
  appPassword: z.string().min(1),
  /** The folder of all objects below the account's own; made when absent. */
  root: z
    .string()
    .transform((root) => root.replace(/^\/+|\/+$/g, ''))
    .refine(
      (root) => root.split('/').every((name) => name !== '.' && name !== '..'),
      'The folder must not contain "." or "..".',
    )
    .default('Archivolt'),
  /** Larger bodies are sent in chunks of this size; one is held in memory. The service wants 5 MiB at least. */
  chunkSize: z
    .int()
    .min(5 * MIB)
    .max(100 * MIB)
    .default(10 * MIB),
})

export type NextcloudConfig = z.output<typeof nextcloudConfig>
