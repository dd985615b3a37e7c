import { type FSWatcher, watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { CertificateFiles } from '../config/gateway-config.ts'
import type { Journal } from '../journal/journal.ts'
import type { Metrics } from '../journal/metrics.ts'
import { type CertificatePair, readCertificatePair } from '../lib/certificate-pair.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { chooseAmong, type TlsCertificates } from '../wire/tls-certificates.ts'

/** The certificates of the listener: read at the start, and again when their files change. What cannot be used never takes the place of what can. */
export interface Certificates {
  readonly inForce: TlsCertificates
  /** For operators. */
  readonly states: readonly CertificateState[]
  /** Other files from now on. Throws when one of them cannot be used, and nothing has changed then. */
  adopt(files: readonly CertificateFiles[]): Promise<void>
  /** Reads the files again. */
  reread(): Promise<void>
  close(): void
}

export interface CertificateState {
  readonly file: string
  readonly names: readonly string[]
  readonly endsAt: number
  /** Why what lies in the files now is not in force; null: it is. */
  readonly trouble: string | null
}

export interface CertificatesNeeds {
  readonly clock: Clock
  readonly journal: Pick<Journal, 'certificateLoaded' | 'certificateRefused' | 'certificateEnding' | 'trouble'>
  readonly metrics: Pick<Metrics, 'gauges'>
}

interface Held {
  readonly files: CertificateFiles
  readonly pair: CertificatePair
  readonly trouble: string | null
}

/** A renewal writes certificate and key one after the other: they are read when they have been quiet for so long. */
const quietMs = 500
/** For whatever no watcher tells of (network file systems), and for certificates that come near their end. */
const lookEveryMs = 3_600_000
const dayMs = 86_400_000

export async function openCertificates(
  files: readonly CertificateFiles[],
  needs: CertificatesNeeds,
): Promise<Certificates> {
  const keeper = new Keeper(needs)
  await keeper.adopt(files)
  showFigures(needs.metrics, keeper)
  return keeper
}

class Keeper implements Certificates {
  readonly #needs: CertificatesNeeds
  readonly #stopLooking: Cancel
  #held: readonly Held[] = []
  #inForce: TlsCertificates | null = null
  #watchers: readonly FSWatcher[] = []
  #cancel: Cancel = () => {}
  #last: Promise<void> = Promise.resolve()
  /** When each file's end was last warned of. */
  readonly #warnedAt = new Map<string, number>()

  constructor(needs: CertificatesNeeds) {
    this.#needs = needs
    this.#stopLooking = needs.clock.every(lookEveryMs, () => void this.reread())
  }

  get inForce(): TlsCertificates {
    if (this.#inForce === null) throw new Fault('internal', { detail: 'no certificate was adopted' })
    return this.#inForce
  }

  get states(): readonly CertificateState[] {
    return this.#held.map(({ files, pair, trouble }) => ({
      file: files.cert,
      names: pair.names,
      endsAt: pair.endsAt,
      trouble,
    }))
  }

  adopt(files: readonly CertificateFiles[]): Promise<void> {
    return this.#inTurn(async () => {
      const read = await Promise.all(files.map(readPair))
      const held = read.map((reading, i): Held => {
        const place = files[i] ?? { cert: '', key: '' }
        if (reading.kind === 'bad') throw new Fault('conflict', { detail: `${place.cert}: ${reading.why}` })
        return { files: place, pair: reading.pair, trouble: null }
      })
      this.#take(held)
      this.#watch()
    })
  }

  reread(): Promise<void> {
    return this.#inTurn(async () => this.#take(await Promise.all(this.#held.map(one => this.#again(one)))))
  }

  close(): void {
    this.#stopLooking()
    this.#cancel()
    for (const watcher of this.#watchers) watcher.close()
  }

  async #again(held: Held): Promise<Held> {
    const reading = await readPair(held.files)
    if (reading.kind === 'good') {
      const isSame = reading.pair.cert === held.pair.cert && reading.pair.key === held.pair.key
      return isSame && held.trouble === null
        ? held
        : { ...held, pair: isSame ? held.pair : reading.pair, trouble: null }
    }
    if (reading.why !== held.trouble)
      this.#needs.journal.certificateRefused({ file: held.files.cert, why: reading.why })
    return { ...held, trouble: reading.why }
  }

  #take(held: readonly Held[]): void {
    const before = new Set(this.#held.map(({ pair }) => pair))
    const { journal } = this.#needs
    for (const { files, pair } of held)
      if (!before.has(pair)) journal.certificateLoaded({ file: files.cert, names: pair.names, endsAt: pair.endsAt })
    const [first, ...others] = held.map(({ pair }) => pair)
    // The same set is not handed on as another one: every handshake would begin without its session then.
    const changed = held.length !== before.size || !held.every(({ pair }) => before.has(pair))
    this.#held = held
    if (first !== undefined && changed) this.#inForce = chooseAmong(first, others)
    this.#warn()
  }

  #warn(): void {
    const now = this.#needs.clock.now()
    for (const { files, pair } of this.#held) {
      if (!isNearItsEnd(pair, now) || now - (this.#warnedAt.get(files.cert) ?? 0) < dayMs) continue
      this.#warnedAt.set(files.cert, now)
      this.#needs.journal.certificateEnding({ file: files.cert, names: pair.names, endsAt: pair.endsAt })
    }
  }

  #watch(): void {
    for (const watcher of this.#watchers) watcher.close()
    // Folders, not files: what renews certificates exchanges files and links.
    const files = this.#held.flatMap(({ files: { cert, key } }) => [cert, key])
    const ours = new Set(files.map(file => basename(file)))
    // Names that begin with two dots are how mounted files (Kubernetes) are exchanged as a whole.
    const concerns = (name: string | null) => name === null || name.startsWith('..') || ours.has(basename(name))
    const { journal } = this.#needs
    this.#watchers = [...new Set(files.map(file => dirname(file)))].flatMap(folder => {
      const trouble = (cause: unknown) => journal.trouble('watching certificates', cause)
      try {
        const changed = (_event: string, name: string | null) => void (concerns(name) && this.#changed())
        return [watch(folder, { persistent: false }, changed).on('error', trouble)]
      } catch (cause) {
        trouble(cause) // what cannot be watched (too many watches) is looked at each hour
        return []
      }
    })
  }

  #changed(): void {
    this.#cancel()
    this.#cancel = this.#needs.clock.after(quietMs, () => void this.reread())
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const next = this.#last.then(work)
    this.#last = next.catch(() => {})
    return next
  }
}

async function readPair({ cert, key }: CertificateFiles): Promise<ReturnType<typeof readCertificatePair>> {
  try {
    return readCertificatePair(await readFile(cert, 'utf8'), await readFile(key, 'utf8'))
  } catch (cause) {
    return { kind: 'bad', why: cause instanceof Error ? cause.message : String(cause) }
  }
}

/** Fourteen days, or the last third of a certificate that lives for days only. */
function isNearItsEnd({ startsAt, endsAt }: CertificatePair, now: number): boolean {
  return endsAt - now < Math.min(14 * dayMs, (endsAt - startsAt) / 3)
}

/** Alerts in docs/operations.md stand on these. */
function showFigures(metrics: CertificatesNeeds['metrics'], certificates: Certificates): void {
  metrics.gauges(
    'tls_certificate_ends_seconds',
    'When a certificate of the listener ends, in seconds since 1970',
    ['file'],
    () => certificates.states.map(({ file, endsAt }) => [{ file }, endsAt / 1000] as const),
  )
  metrics.gauges(
    'tls_certificate_trouble',
    'Whether the files hold a certificate that cannot be used, so that the one before is in force',
    ['file'],
    () => certificates.states.map(({ file, trouble }) => [{ file }, trouble === null ? 0 : 1] as const),
  )
}
