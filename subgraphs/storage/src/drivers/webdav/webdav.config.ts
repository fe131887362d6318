import { z } from 'zod'

/** What an administrator gives to reach a folder on a WebDAV server. */
export const webdavConfig = z.object({
  url: z.url({ protocol: /^https?$/ }),
  username: z.string(),
  password: z.string(),
  /** The folder of all objects below the address; made at the first write. */
  root: z
    .string()
    .refine((root) => !root.split('/').includes('..'), 'A folder has no ".." in it.')
    .default(''),
})

export type WebdavConfig = z.input<typeof webdavConfig>
export type WebdavAccount = z.output<typeof webdavConfig>

/** The folders from the address down to the objects, without slashes. */
export function rootSegments(config: WebdavAccount): string[] {
  return config.root.split('/').filter((segment) => segment !== '' && segment !== '.')
}
