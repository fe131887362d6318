import { z } from 'zod'

const KIB_320 = 320 * 1024

/** Where objects go in one OneDrive: the folder of this application. The addresses differ from Microsoft's only in tests. */
export const oneDriveConfig = z.object({
  /** A folder below the application's folder; made when absent. */
  root: z
    .string()
    .transform((root) => root.replace(/^\/+|\/+$/g, ''))
    .refine(
      (root) => !/["*:<>?\\|#%]|(^|\/)(~|\.{1,2}(\/|$))|\.(\/|$)/.test(root),
      'OneDrive does not take this name for a folder.',
    )
    .default(''),
  apiBase: z.url().default('https://graph.microsoft.com/v1.0'),
  /** Bytes sent at once, and held in memory to be repeated. The service wants multiples of 320 KiB, below 60 MiB. */
  chunkSize: z
    .int()
    .min(KIB_320)
    .max(59 * 1024 * 1024)
    .multipleOf(KIB_320)
    .default(10 * 1024 * 1024),
})

export type OneDriveConfig = z.output<typeof oneDriveConfig>
