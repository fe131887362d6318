import { randomUUID } from 'node:crypto'
import { describeDriver } from '../contract/index.ts'
import { isPublishing, isUpload, openNextcloud } from './nextcloud.fixture.ts'

describeDriver('Nextcloud', {
  async open() {
    const { emulator, driver, close } = await openNextcloud()
    const busy = { status: 429, headers: { 'retry-after': '1' } }
    return {
      driver,
      close,
      async abandon() {
        const chunks = new Map([[1, Buffer.from('half')]])
        emulator.uploads.set(`archivolt-${randomUUID()}`, { destination: '', chunks, touched: Date.now() })
        emulator.tree.set(`Archivolt/.incoming/${randomUUID()}`, Buffer.from('half'))
      },
      abandoned: async () =>
        emulator.uploads.size + [...emulator.tree.keys()].filter((path) => path.includes('/.incoming/')).length,
      faults: {
        cutUpload: (after) => emulator.fail({ when: isUpload, how: { breakAfterBytes: after } }),
        loseAnswer: () => emulator.fail({ when: isPublishing, how: { loseAnswer: true } }),
        busy: (times) => emulator.fail({ when: () => true, times, how: { answer: busy } }),
        full: () => emulator.fail({ when: isUpload, how: { answer: { status: 507 } } }),
        denied: () => emulator.fail({ when: isUpload, how: { answer: { status: 403 } } }),
      },
    }
  },
  capabilities: { copy: true, presign: false, multipart: false, checksum: true, freeSpace: true, sweep: true },
  // A cut download is taken up again and does not fail: it has cases of its own.
  emulatorFaults: ['cutUpload', 'loseAnswer', 'busy', 'full', 'denied'],
  objectsOfTwoPages: 60,
})
