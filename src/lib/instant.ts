// How moments are read by people and programs. Beside clock.ts the only place that knows the runtime's dates.

/** `2026-11-22T00:50:00Z`: for programs, and for the datetime attribute of pages. Whole seconds. */
export function isoInstant(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`
}

/** `2026-11-22T00:50:00.000Z`: for lines of a log. */
export function isoMilliseconds(at: number): string {
  return new Date(at).toISOString()
}

/** RFC 9110 §5.6.7: `Sun, 22 Nov 2026 00:50:00 GMT`. */
export function httpDate(at: number): string {
  return new Date(at).toUTCString()
}

/** RFC 3339 text with its zone to milliseconds since 1970; NaN for anything else. A time without a zone means something else on each machine. */
export function parseInstant(text: string): number {
  const [, local] = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/.exec(text) ?? []
  const at = Date.parse(text)
  if (local === undefined || Number.isNaN(at)) return Number.NaN
  // The runtime takes 30 February for 2 March: what was read has to be what was written.
  return new Date(`${local}Z`).toISOString().startsWith(local) ? at : Number.NaN
}

/** A moment in words of the language, with the zone named: `Nov 22, 2026, 12:50 AM UTC`, `2026年11月22日 0:50 UTC`. */
export function formatInstant(at: number, language: string, timeZone = 'UTC'): string {
  return formatOf(language, timeZone).format(at)
}

/** How long ago, in the coarsest unit that fits: `3 minutes ago`, `3分前`; `now` for less than a minute and for the future. */
export function formatAgo(at: number, now: number, language: string): string {
  const seconds = Math.max(0, Math.round((now - at) / 1000))
  const [unit, size] = steps.find(([, least]) => seconds >= least) ?? ['second', 1]
  return relativeOf(language).format(unit === 'second' ? 0 : -Math.floor(seconds / size), unit)
}

const steps: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

// Building a formatter costs a hundred times more than using it. Bounded: languages and zones come from closed lists.
const formats = new Map<string, Intl.DateTimeFormat>()
const relatives = new Map<string, Intl.RelativeTimeFormat>()

function formatOf(language: string, timeZone: string): Intl.DateTimeFormat {
  const key = `${language} ${timeZone}`
  const known = formats.get(key)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat(language, {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZone,
    timeZoneName: 'short',
  })
  if (formats.size >= formatsMax) formats.clear()
  formats.set(key, format)
  return format
}

const formatsMax = 64

function relativeOf(language: string): Intl.RelativeTimeFormat {
  const known = relatives.get(language)
  if (known !== undefined) return known
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
  if (relatives.size >= formatsMax) relatives.clear()
  relatives.set(language, format)
  return format
}
