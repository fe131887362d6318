import { z } from 'zod'
import type { StorageDriver } from './driver.ts'
import { createLocalDriver } from './local/local.driver.ts'

const localConfig = z.object({ root: z.string().min(1) })

/** The drivers a backend row can name, each with the shape of its configuration. */
const DRIVERS = {
  LOCAL: (config: unknown): StorageDriver => createLocalDriver(localConfig.parse(config)),
} as const

export type DriverKind = keyof typeof DRIVERS

/** @throws ZodError when the stored configuration does not fit the driver */
export function openDriver(kind: DriverKind, config: unknown): StorageDriver {
  return DRIVERS[kind](config)
}
