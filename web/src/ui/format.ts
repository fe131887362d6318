const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

const inUnit = UNITS.map((unit) => {
  const shape = { style: 'unit', unit, unitDisplay: unit === 'byte' ? 'long' : 'short' } as const
  return {
    whole: new Intl.NumberFormat(undefined, { ...shape, maximumFractionDigits: 0 }),
    fine: new Intl.NumberFormat(undefined, { ...shape, maximumFractionDigits: 1 }),
  }
})

/** Sizes as people read them, counted in thousands as file managers and disks do. */
export function formatBytes(bytes: number): string {
  let step = 0
  let value = bytes
  // 999.95 would round up to 1,000: it belongs to the next unit.
  while (value >= 999.5 && step < UNITS.length - 1) {
    value /= 1000
    step += 1
  }
  return step === 0 || value >= 9.95 ? inUnit[step]!.whole.format(value) : inUnit[step]!.fine.format(value)
}

const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' })
const number = new Intl.NumberFormat()

export const formatDay = (iso: string): string => day.format(new Date(iso))
export const formatMoment = (iso: string): string => moment.format(new Date(iso))
export const formatNumber = (value: number): string => number.format(value)
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${formatNumber(count)} ${count === 1 ? one : many}`

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
]
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'always', style: 'short' })

/** How long ago something was; a moment that seems to lie ahead is the clocks' disagreement, and counts as now. */
export function formatAgo(iso: string, now = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1000))
  if (seconds < 5) return 'just now'
  const [unit, length] = STEPS.find(([, step]) => seconds >= step)!
  return relative.format(-Math.floor(seconds / length), unit)
}

/** A speed, as people read it. */
export const formatRate = (bytesPerSecond: number): string => `${formatBytes(bytesPerSecond)}/s`

/** How long something takes, in at most two units; what is left out is less than a tenth of it, or nothing. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  const minutes = Math.round(whole / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return minutes % 60 && hours < 10 ? `${hours} h ${minutes % 60} min` : `${hours} h`
  const days = Math.floor(hours / 24)
  return hours % 24 && days < 10 ? `${plural(days, 'day')} ${hours % 24} h` : plural(days, 'day')
}

/** Whole percents that never say 100 before all is done. */
export function formatShare(part: number, whole: number): string {
  if (whole <= 0) return '0%'
  return `${part >= whole ? 100 : Math.min(99, Math.floor((part / whole) * 100))}%`
}

const plainDay = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' })
/** A day without a time, such as `2025-10-09`, which is the same everywhere. */
export const formatPlainDay = (date: string): string => plainDay.format(new Date(`${date}T00:00:00Z`))
