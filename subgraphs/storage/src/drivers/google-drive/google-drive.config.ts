import { z } from 'zod'

const KIB_256 = 256 * 1024

/** Where objects go in one Google Drive. The addresses differ from Google's only in tests. */
export const googleDriveConfig = z.object({
  /** The folder of all objects; found or made by its name when absent. */
  folderId: z.string().min(1).optional(),
  folderName: z.string().min(1).max(200).default('Archivolt'),
  apiBase: z.url().default('https://www.googleapis.com/drive/v3'),
  uploadBase: z.url().default('https://www.googleapis.com/upload/drive/v3'),
  /** Bytes sent at once, and held in memory to be repeated. The service wants multiples of 256 KiB. */
  chunkSize: z
    .int()
    .min(KIB_256)
    .max(64 * 1024 * 1024)
    .multipleOf(KIB_256)
    .default(8 * 1024 * 1024),
})

export type GoogleDriveConfig = z.output<typeof googleDriveConfig>
