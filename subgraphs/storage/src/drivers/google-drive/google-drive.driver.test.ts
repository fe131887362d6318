import { describeDriver } from '../contract/index.ts'
import { isBegin, isChunk, isLastChunk, openGoogleDrive, refusal } from './google-drive.fixture.ts'

describeDriver('Google Drive', {
  async open() {
    const { emulator, driver, close } = await openGoogleDrive({ listDelay: 2, tokenUses: 50, pageSize: 10 })
    const busy = { status: 429, headers: { 'retry-after': '1' } }
    return {
      driver,
      close,
      faults: {
        cutUpload: (after) => emulator.fail({ when: isChunk, how: { breakAfterBytes: after } }),
        loseAnswer: () => emulator.fail({ when: isLastChunk, how: { loseAnswer: true } }),
        busy: (times) => emulator.fail({ when: () => true, times, how: { answer: busy } }),
        full: () => emulator.fail({ when: isBegin, how: { answer: refusal(403, 'storageQuotaExceeded') } }),
        denied: () => emulator.fail({ when: isBegin, how: { answer: refusal(403, 'insufficientFilePermissions') } }),
      },
    }
  },
  capabilities: { copy: true, presign: false, multipart: false, checksum: true, freeSpace: true, sweep: false },
  // A cut download is taken up again and does not fail: it has cases of its own.
  emulatorFaults: ['cutUpload', 'loseAnswer', 'busy', 'full', 'denied'],
  objectsOfTwoPages: 25,
})
