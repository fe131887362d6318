import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { CannotOpenError } from './crypto.errors.ts'
import { createKeyCheck, verifyKeyCheck } from './key-check.ts'
import { createSealer } from './sealed.ts'

const k1 = { version: 1, key: randomBytes(32) }
const k2 = { version: 2, key: randomBytes(32) }
const place = { owner: 'user-1', field: 'connection.refresh_token' }
const sealer = createSealer({ current: k1 })

describe('a sealed text', () => {
  it.each(['', 'a', 'pässwörd 🔑', 'x'.repeat(100_000)])('opens as it was (%#)', (text) => {
    expect(sealer.open(sealer.seal(text, place), place)).toBe(text)
  })

  it('does not show what it holds', () => {
    expect(sealer.seal('hunter2hunter2', place).includes('hunter2')).toBe(false)
  })

  it.each([
    ['another owner', { ...place, owner: 'user-2' }],
    ['another field', { ...place, field: 'connection.access_token' }],
    ['the same letters, divided elsewhere', { owner: 'user-1c', field: 'onnection.refresh_token' }],
    ['owner and field exchanged', { owner: place.field, field: place.owner }],
  ])('does not open for %s', (_what, elsewhere) => {
    const sealed = sealer.seal('hunter2', place)
    expect(() => sealer.open(sealed, elsewhere)).toThrow(CannotOpenError)
  })

  it('does not open with another key of the same version, and the error says nothing of the text', () => {
    const sealed = sealer.seal('hunter2', place)
    const other = createSealer({ current: { version: 1, key: randomBytes(32) } })
    try {
      other.open(sealed, place)
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ code: 'crypto.cannot_open' })
      expect((error as Error).cause).toBeUndefined()
      expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('hunter2')
    }
  })

  it('does not open when any byte of it is changed', () => {
    const sealed = sealer.seal('hunter2', place)
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed)
      changed[at]! ^= 1
      expect(() => sealer.open(changed, place), `byte ${at}`).toThrow(CannotOpenError)
    }
  })

  it('does not open when the version of its key is rewritten to one that has the same bytes', () => {
    const twins = createSealer({ current: k1, previous: [{ version: 2, key: k1.key }] })
    const sealed = twins.seal('hunter2', place)
    sealed.writeUInt32BE(2, 1)
    expect(() => twins.open(sealed, place)).toThrow(CannotOpenError)
  })

  it('does not open when cut or lengthened', () => {
    const sealed = sealer.seal('hunter2', place)
    for (let length = 0; length < sealed.length; length++) {
      expect(() => sealer.open(sealed.subarray(0, length), place), `${length} bytes`).toThrow(CannotOpenError)
    }
    expect(() => sealer.open(Buffer.concat([sealed, Buffer.alloc(1)]), place)).toThrow(CannotOpenError)
    expect(() => sealer.open(Buffer.from('plain text that was never sealed, long enough'), place)).toThrow(
      CannotOpenError,
    )
  })

  it('never repeats a nonce', () => {
    const nonces = new Set<string>()
    for (let i = 0; i < 100_000; i++) nonces.add(sealer.seal('', place).toString('latin1', 5, 17))
    expect(nonces.size).toBe(100_000)
  })

  it('opens from a plain Uint8Array, as the database gives it', () => {
    expect(sealer.open(new Uint8Array(sealer.seal('hunter2', place)), place)).toBe('hunter2')
  })
})

describe('a change of the master key', () => {
  const before = createSealer({ current: k1 })
  const learning = createSealer({ current: k1, previous: [k2] })
  const after = createSealer({ current: k2, previous: [k1] })
  const done = createSealer({ current: k2 })

  it('leaves everything readable, by machines before and after the change', () => {
    const [old, fresh] = [before.seal('old', place), after.seal('fresh', place)]
    expect([after.open(old, place), after.open(fresh, place)]).toEqual(['old', 'fresh'])
    expect([learning.open(old, place), learning.open(fresh, place)]).toEqual(['old', 'fresh'])
  })

  it('names what is to be sealed anew, and ends', () => {
    const old = before.seal('old', place)
    expect([before, learning, after].map((one) => one.needsReseal(old))).toEqual([false, false, true])
    const fresh = after.seal(after.open(old, place), place)
    expect(after.needsReseal(fresh)).toBe(false)
    expect(done.open(fresh, place)).toBe('old')
    expect(() => done.open(old, place)).toThrow(CannotOpenError)
  })

  it('is not undone by a machine that still seals with the old key', () => {
    expect(learning.needsReseal(after.seal('fresh', place))).toBe(false)
  })

  it('counts what is no sealed text as to be sealed anew', () => {
    expect(sealer.needsReseal(Buffer.from('plain text that was never sealed, long enough'))).toBe(true)
    expect(sealer.needsReseal(new Uint8Array())).toBe(true)
  })
})

describe('the check of the master key', () => {
  it('passes with the key, and with a new one that knows the old', () => {
    const stored = createKeyCheck(createSealer({ current: k1 }))
    verifyKeyCheck(createSealer({ current: k1 }), stored)
    verifyKeyCheck(createSealer({ current: k2, previous: [k1] }), stored)
  })

  it.each([
    ['another key', { current: { version: 1, key: randomBytes(32) } }],
    ['a new key that does not know the old', { current: k2 }],
    ['a new key under the old version', { current: { version: 1, key: k2.key } }],
  ])('stops a start with %s', (_what, keys) => {
    const stored = createKeyCheck(createSealer({ current: k1 }))
    expect(() => verifyKeyCheck(createSealer(keys), stored)).toThrow(
      expect.objectContaining({
        code: 'crypto.wrong_master_key',
        message: expect.stringContaining('The master key is not the one that stored credentials were encrypted with'),
      }),
    )
  })
})
