/** Units as people choose them, in thousands, as `formatBytes` shows them. */
export const BYTE_UNITS = [
  { value: 'MB', label: 'MB', bytes: 1e6 },
  { value: 'GB', label: 'GB', bytes: 1e9 },
  { value: 'TB', label: 'TB', bytes: 1e12 },
] as const

export type ByteUnit = (typeof BYTE_UNITS)[number]['value']

/** What stands in a form for a number of bytes. */
export interface ByteAmount {
  text: string
  unit: ByteUnit
}

/** In the largest unit that fits, to the byte; an empty field for null. */
export function toAmount(bytes: number | null): ByteAmount {
  if (bytes === null) return { text: '', unit: 'GB' }
  const unit = BYTE_UNITS.toReversed().find((each) => bytes >= each.bytes) ?? BYTE_UNITS[0]
  return { text: String(Number((bytes / unit.bytes).toFixed(12))), unit: unit.value }
}

/** Whole bytes; null for an empty field, and for what is no number of bytes at all. */
export function toBytes({ text, unit }: ByteAmount): number | null {
  const number = Number(text.trim().replace(',', '.'))
  if (text.trim() === '' || !Number.isFinite(number) || number < 0) return null
  const bytes = Math.round(number * BYTE_UNITS.find(({ value }) => value === unit)!.bytes)
  return Number.isSafeInteger(bytes) ? bytes : null
}
