import { describeDriver } from '../contract/index.ts'
import { createMemoryDriver } from './memory.driver.ts'

describeDriver('memory', {
  open: async () => ({ driver: createMemoryDriver(), close: async () => {} }),
  capabilities: { copy: true, presign: false, multipart: true, checksum: true, freeSpace: false, sweep: false },
})
