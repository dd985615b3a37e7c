import { parseAddress } from '../../src/lib/address.ts'
import { createMemoryCounters } from '../../src/limits/memory-counter.ts'
import { createRegulation } from '../../src/limits/regulation.ts'
import { createStuffing } from '../../src/limits/stuffing.ts'
import { parseEmail } from '../../src/people/email.ts'
import { createHashPlaces } from '../../src/portal/hash-places.ts'
import { createPasswordGuard, type PasswordGuard } from '../../src/portal/password-guard.ts'
import type { Visit } from '../../src/portal/visit.ts'
import type { PortalVisitor } from '../support/portal-visitor.ts'
import type { DrillReport } from './drill.ts'
import { attackAddresses } from './stuffing-attack.ts'
import { realPassword, typePassword } from './stuffing-people.ts'
import type { Town } from './stuffing-town.ts'

const email = 'one@people.example'

/** The owner, on a browser that the account has known since before the attack. */
export async function settleOwner(town: Town): Promise<PortalVisitor> {
  await town.settle([email, 'other@people.example'], realPassword)
  const owner = town.visitor({ address: '198.51.100.9' })
  const { location } = await typePassword(town, owner, email, realPassword)
  if (location !== '/account') throw new Error(`the owner is at ${location}`)
  return owner
}

/**
 * Everything that a botnet can throw at one name. The first share goes through HTTP; the rest through the guard itself, with the real
 * store, hashes, devices, regulation and detection, but without sockets, pages, and the row that each wrong password leaves in the trail.
 */
export async function hammerOneAccount(
  town: Town,
  owner: PortalVisitor,
  tries: number,
  say: (line: string) => void,
): Promise<DrillReport> {
  const overHttp = Math.min(20_000, Math.ceil(tries / 50))
  const locked: string[] = []
  const signIns = await hammerOverHttp(town, overHttp, async () => {
    const reply = await typePassword(town, owner, email, realPassword)
    if (reply.location !== '/account') locked.push(`over HTTP: ${reply.status} ${reply.location} ${reply.heading}`)
  })
  say(`${overHttp} guesses at one account over HTTP, ${signIns} sign-ins of its owner, ${locked.length} locked out`)
  const device = owner.cookie('auth.localhost', 'sekisho-device') ?? ''
  const guarded = await hammerGuard(town, tries - overHttp, device)
  return {
    lines: [
      `one account: ${overHttp} guesses over HTTP and ${tries - overHttp} at the guard; its owner signed in ${signIns} and ${guarded.signIns} times from a known device`,
    ],
    problems: [...locked, ...guarded.locked, ...(guarded.opened > 0 ? [`${guarded.opened} wrong guesses opened`] : [])],
  }
}

const guessesPerSignIn = 500

async function hammerOverHttp(town: Town, count: number, signIn: () => Promise<void>): Promise<number> {
  const addresses = attackAddresses(10_000)
  let signIns = 0
  for (let done = 0; done < count; done += 25) {
    const guesses = Array.from({ length: 25 }, (_, i) =>
      typePassword(town, town.visitor({ address: addresses[(done + i) % 10_000] ?? '' }), email, `guess ${done + i}`),
    )
    await Promise.all(guesses)
    town.clock.advance(2_500)
    if (done % guessesPerSignIn !== 0) continue
    signIns++
    await signIn()
  }
  return signIns
}

async function hammerGuard(town: Town, count: number, device: string) {
  const guard = guardOf(town)
  const addresses = attackAddresses(10_000)
  const key = parseEmail(email)?.key
  if (key === undefined) throw new Error(email)
  const seen = { signIns: 0, opened: 0, locked: [] as string[] }
  for (let done = 0; done < count; done += 100) {
    const guesses = Array.from({ length: 100 }, (_, i) =>
      guard.check(visitFrom(addresses[(done + i) % 10_000] ?? '', undefined), key, email, `guess ${done + i}`),
    )
    const answers = await Promise.all(guesses)
    seen.opened += answers.filter(({ checked }) => checked.kind === 'proved').length
    town.clock.advance(10_000)
    if (done % 10_000 !== 0) continue
    seen.signIns++
    const own = await guard.check(visitFrom('198.51.100.9', device), key, email, realPassword)
    if (own.checked.kind !== 'proved' || own.met !== 'openly')
      seen.locked.push(`at the guard, after ${done}: ${own.met}`)
  }
  return seen
}

/** The numbers of a gateway whose file says nothing about them. */
function guardOf({ gateway, clock }: Town): PasswordGuard {
  const { config, journal, people, random, store } = gateway.running.gateway.rooms
  const { signIn, stuffing } = config().limits
  const createCounter = createMemoryCounters({ clock, keysMax: signIn.keysMax })
  return createPasswordGuard({
    regulation: createRegulation({ createCounter, tries: signIn }),
    stuffing: createStuffing({
      ...{ clock, random, keysMax: stuffing.keysMax },
      numbers: () => stuffing,
      onChange: () => {},
    }),
    bans: { find: () => null, isBanned: () => false },
    laneEntries: createCounter('lane-entries', { triesMax: 64, windowMs: 600_000 }),
    accounts: store.accounts,
    knownDevices: people.knownDevices,
    signIn: people.signIn,
    audit: { append: async () => {} },
    places: createHashPlaces(),
    journal: { ...journal, signedIn: () => {}, regulated: () => {} },
    clock,
  })
}

/** As much of a visit as the guard looks at. */
function visitFrom(address: string, device: string | undefined): Visit {
  const headers = ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64)', 'Accept-Language', 'en', 'Accept', 'text/html']
  const parsed = parseAddress(address)
  if (parsed === null) throw new Error(address)
  const client = { address: parsed, uncertain: false }
  const about = { method: 'POST', host: 'auth.localhost', path: '/sign-in', target: '/sign-in' }
  const visit = {
    head: { ...about, headers, client },
    cookies: device === undefined ? {} : { device },
    receipt: 'drill',
  }
  return visit as unknown as Visit // because the guard reads nothing else of it
}
