import path from 'node:path'
import { z } from 'zod'

/** The root of the machine, and trees that the kernel makes up: making a folder there fails, or never ends. */
const SYSTEM = /^\/+$|^\/(proc|sys|dev)(\/|$)/

/** A folder on a disk of the machine that storage runs on. */
export const localConfig = z.object({
  root: z
    .string({ error: 'Name the folder.' })
    .min(1, 'Name the folder.')
    .max(1000)
    .refine(
      (root) => !root.includes('\0') && !SYSTEM.test(path.posix.normalize(root)),
      'This cannot be the folder of a vault.',
    ),
})
