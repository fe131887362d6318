import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shouldAbort } from './abort.ts'
import { shouldSurviveBrokenSources } from './broken-source.ts'
import { shouldChecksum } from './checksum.ts'
import { shouldCopy } from './copy.ts'
import { shouldSurviveFaults, type Faults } from './faults.ts'
import { shouldTellFreeSpace } from './free-space.ts'
import { CAPABILITIES, type DriverSuite, type OpenPlace, type Place } from './harness.ts'
import { shouldKeepKeysApart } from './keys.ts'
import { shouldTakeLargeObjects } from './large.ts'
import { shouldList } from './listing.ts'
import { shouldKnowWhatIsMissing } from './missing.ts'
import { shouldUploadInParts } from './multipart.ts'
import { shouldPresign } from './presign.ts'
import { shouldReadRanges } from './ranges.ts'
import { shouldFreeConnections } from './readers.ts'
import { shouldRoundTrip } from './round-trip.ts'
import { shouldSweep } from './sweep.ts'
import { shouldSettleTwoWriters } from './two-writers.ts'

/** What every driver keeps to. A defect found in one driver becomes a case here, for all. */
export function describeDriver(name: string, suite: DriverSuite): void {
  describe(`${name} driver`, () => {
    let open: OpenPlace
    beforeAll(async () => {
      open = await suite.open()
    }, 120_000)
    afterAll(() => open?.close())
    const place: Place = {
      get driver() {
        return open.driver
      },
      get faults() {
        return open.faults as Faults
      },
      abandon: async () => open.abandon?.(),
      abandoned: async () => (await open.abandoned?.()) ?? 0,
    }

    it('has exactly the capabilities it is said to have', () => {
      const has = Object.fromEntries(
        CAPABILITIES.map((capability) => [capability, open.driver[capability] !== undefined]),
      )
      expect(has).toEqual(suite.capabilities)
    })

    it('finds itself usable', () => open.driver.check())

    shouldRoundTrip(place)
    shouldKnowWhatIsMissing(place)
    shouldReadRanges(place)
    shouldList(place, suite)
    shouldKeepKeysApart(place)
    shouldTakeLargeObjects(place)
    shouldSurviveBrokenSources(place)
    shouldAbort(place)
    shouldSettleTwoWriters(place)
    shouldFreeConnections(place)
    if (suite.capabilities.copy) shouldCopy(place)
    if (suite.capabilities.presign) shouldPresign(place)
    if (suite.capabilities.multipart) shouldUploadInParts(place)
    if (suite.capabilities.checksum) shouldChecksum(place)
    if (suite.capabilities.freeSpace) shouldTellFreeSpace(place)
    if (suite.capabilities.sweep) shouldSweep(place, suite)
    shouldSurviveFaults(place, suite.emulatorFaults ?? [])
  })
}
