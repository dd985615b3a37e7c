import { stat } from 'node:fs/promises'
import { open, type Reader, type Response } from 'maxmind'
import { parseAddress } from '../lib/address.ts'
import { compileNetworks, parseNetwork } from '../lib/cidr.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import { countryName } from '../lib/country-name.ts'
import { type Names, nowhere, type Place } from './place.ts'

/** Where addresses are, from files of the operator (MaxMind DB format). Looks up in memory; never fails: what is not known is nowhere. */
export interface Places {
  find(address: string): Place
  /** Reads what is named now and what has been replaced since. A file that cannot be read leaves the one before it in use. */
  look(): Promise<void>
  close(): void
}

export interface PlacesNeeds {
  readonly files: () => readonly string[]
  readonly clock: Clock
  readonly onTrouble: (file: string, cause: unknown) => void
}

interface Opened {
  readonly file: string
  /** What tells a replaced file from the one that was read. */
  readonly version: string
  readonly reader: Reader<Response>
}

/** Files are replaced once a week; who replaces one sees it within this. */
const lookEveryMs = 10_000
const placesMax = 20_000

export function createPlaces({ files, clock, onTrouble }: PlacesNeeds): Places {
  const known = new Map<string, Place>()
  let opened: readonly Opened[] = []
  let looking: Promise<void> | null = null
  const lookNow = async () => {
    const before = opened
    const next = await Promise.all(files().map(file => reopen(file, before, onTrouble)))
    opened = next.filter(one => one !== null)
    if (opened.length !== before.length || opened.some((one, i) => one !== before[i])) known.clear()
  }
  const look = () => {
    looking ??= lookNow().finally(() => {
      looking = null
    })
    return looking
  }
  const stop: Cancel = clock.every(lookEveryMs, () => void look())
  return {
    look,
    close: stop,
    find(address) {
      const cached = known.get(address)
      if (cached !== undefined) return cached
      const place = findIn(opened, address)
      if (known.size >= placesMax) known.clear()
      known.set(address, place)
      return place
    },
  }
}

/** What is wrong with a file; null when it can be used. For `sekisho check`, before anything relies on it. */
export async function checkPlaces(file: string): Promise<string | null> {
  try {
    await openReader(file)
    return null
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause)
  }
}

async function reopen(
  file: string,
  before: readonly Opened[],
  onTrouble: PlacesNeeds['onTrouble'],
): Promise<Opened | null> {
  const last = before.find(each => each.file === file) ?? null
  try {
    const { mtimeMs, size, ino } = await stat(file)
    const version = `${mtimeMs} ${size} ${ino}`
    return last?.version === version ? last : { file, version, reader: await openReader(file) }
  } catch (cause) {
    onTrouble(file, cause)
    return last
  }
}

async function openReader(file: string): Promise<Reader<Response>> {
  // Its own cache holds parts of records, not whole ones: a few are enough behind ours.
  const reader = await open<Response>(file, { cache: { max: 1_000 } })
  // The tree and the data are only touched by a look-up: a file that is cut off in the middle shows here.
  reader.get('192.0.2.1')
  return reader
}

/** Each fact from the first file that knows it: cities and networks usually come in files of their own. */
function findIn(opened: readonly Opened[], address: string): Place {
  const parsed = parseAddress(address)
  if (parsed === null || withoutPlace.find(parsed) >= 0) return nowhere
  return opened.reduce<Place>((place, { reader }) => {
    const record = lookUp(reader, parsed.text)
    return {
      country: place.country ?? countryOf(record),
      city: place.city ?? namesOf(record['city']),
      network: place.network ?? networkOf(record),
    }
  }, nowhere)
}

type Fields = Readonly<Record<string, unknown>>

function lookUp(reader: Reader<Response>, address: string): Fields {
  try {
    return fieldsOf(reader.get(address))
  } catch {
    return {} // an address family that the file does not have, or a record that is broken
  }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

/** As MaxMind writes it (`country.iso_code`, `country.names`), or a bare code as others do. */
function countryOf(record: Fields): Place['country'] {
  const value = record['country'] ?? record['country_code']
  const code = typeof value === 'string' ? value : fieldsOf(value)['iso_code']
  if (typeof code !== 'string' || !/^[A-Z]{2}$/.test(code)) return null
  return { code, names: namesOf(value) ?? { en: countryName(code, 'en'), ja: countryName(code, 'ja') } }
}

/** Names as outside text: short, without controls. */
function namesOf(value: unknown): Names | null {
  const names = typeof value === 'string' ? { en: value } : fieldsOf(fieldsOf(value)['names'])
  const en = plain(names['en'])
  const ja = plain(fieldsOf(names)['ja'])
  // A bare code is no name.
  if (en === '' || /^[A-Z]{2}$/.test(en)) return null
  return { en, ja: ja === '' ? en : ja }
}

function networkOf(record: Fields): Place['network'] {
  const value = record['autonomous_system_number'] ?? record['asn']
  const number = typeof value === 'string' ? Number(value.replace(/^AS/, '')) : value
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 1) return null
  return { number, name: plain(record['autonomous_system_organization'] ?? record['as_name']) }
}

function plain(value: unknown): string {
  return typeof value === 'string'
    ? value
        .replaceAll(/[\p{Cc}\p{Cf}<>]/gu, '')
        .trim()
        .slice(0, 80)
    : ''
}

/** Loopback, private, shared, link-local, documentation: nobody is there (RFC 6890). */
const withoutPlace = compileNetworks(
  [
    '0.0.0.0/8',
    '10.0.0.0/8',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '172.16.0.0/12',
    '192.168.0.0/16',
    '::/127',
    'fc00::/7',
    'fe80::/10',
  ]
    .map(parseNetwork)
    .filter(network => network !== null),
)
