import { describeDriver } from '../contract/index.ts'
import { isBegin, isChunk, isLastChunk, openOneDrive } from './onedrive.fixture.ts'

describeDriver('OneDrive', {
  async open() {
    const { emulator, driver, close } = await openOneDrive({ tokenUses: 50, rotate: true, pageSize: 10, sha256: true })
    const busy = { status: 429, headers: { 'retry-after': '1' }, body: { error: { code: 'activityLimitReached' } } }
    return {
      driver,
      close,
      faults: {
        cutUpload: (after) => emulator.fail({ when: isChunk, how: { breakAfterBytes: after } }),
        loseAnswer: () => emulator.fail({ when: isLastChunk, how: { loseAnswer: true } }),
        busy: (times) => emulator.fail({ when: () => true, times, how: { answer: busy } }),
        full: () =>
          emulator.fail({
            when: isChunk,
            how: { answer: { status: 507, body: { error: { code: 'quotaLimitReached' } } } },
          }),
        denied: () =>
          emulator.fail({ when: isBegin, how: { answer: { status: 403, body: { error: { code: 'accessDenied' } } } } }),
      },
    }
  },
  capabilities: { copy: false, presign: false, multipart: false, checksum: true, freeSpace: true, sweep: false },
  // A cut download is taken up again and does not fail: it has cases of its own.
  emulatorFaults: ['cutUpload', 'loseAnswer', 'busy', 'full', 'denied'],
  objectsOfTwoPages: 45,
})
