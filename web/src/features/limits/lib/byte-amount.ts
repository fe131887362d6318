/** Units as people choose them: in thousands, as `formatBytes` shows them, and in the powers of two that programs use. */
export const BYTE_UNITS = [
  { value: 'MB', bytes: 1e6 },
  { value: 'MiB', bytes: 2 ** 20 },
  { value: 'GB', bytes: 1e9 },
  { value: 'GiB', bytes: 2 ** 30 },
  { value: 'TB', bytes: 1e12 },
  { value: 'TiB', bytes: 2 ** 40 },
] as const

export type ByteUnit = (typeof BYTE_UNITS)[number]['value']

/** What stands in a form for a number of bytes. */
export interface ByteAmount {
  text: string
  unit: ByteUnit
}

/** In the unit that says it shortest, to the byte, the larger one of two; an empty field for null. */
export function toAmount(bytes: number | null): ByteAmount {
  if (bytes === null) return { text: '', unit: 'GB' }
  const fitting = BYTE_UNITS.filter((unit) => bytes >= unit.bytes).toReversed()
  const said = (fitting.length > 0 ? fitting : [BYTE_UNITS[0]]).map((unit) => ({
    text: String(Number((bytes / unit.bytes).toFixed(12))),
    unit: unit.value,
  }))
  return said.reduce((best, each) => (each.text.length < best.text.length ? each : best))
}

/** Whole bytes; null for an empty field, and for what is no number of bytes at all. */
export function toBytes({ text, unit }: ByteAmount): number | null {
  const number = Number(text.trim().replace(',', '.'))
  if (text.trim() === '' || !Number.isFinite(number) || number < 0) return null
  const bytes = Math.round(number * BYTE_UNITS.find(({ value }) => value === unit)!.bytes)
  return Number.isSafeInteger(bytes) ? bytes : null
}
