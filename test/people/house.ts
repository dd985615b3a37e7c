import { secureRandom } from '../../src/lib/random.ts'
import { createSeal } from '../../src/lib/seal.ts'
import { deriveKey } from '../../src/lib/secret.ts'
import type { Notice, NoticeKind } from '../../src/notices/notice.ts'
import type { Account } from '../../src/people/account.ts'
import { createDirectory } from '../../src/people/directory.ts'
import { parseEmail } from '../../src/people/email.ts'
import { createKnownDevices } from '../../src/people/known-devices.ts'
import { createLeakedSignIns } from '../../src/people/leaked-sign-ins.ts'
import { createNewPasswords } from '../../src/people/new-passwords.ts'
import type { Organization, OrganizationRules } from '../../src/people/organization.ts'
import { createOrganizationAdmin } from '../../src/people/organization-admin.ts'
import { aboutAccount, auditOf, type Origin } from '../../src/people/origin.ts'
import { createPasswordChanges } from '../../src/people/password-change.ts'
import { createPasswords, type Passwords } from '../../src/people/passwords.ts'
import { createPeopleAdmin } from '../../src/people/people-admin.ts'
import type { Place } from '../../src/people/place.ts'
import { createResets } from '../../src/people/resets.ts'
import { createSecondFactors } from '../../src/people/second-factors.ts'
import { createSessionBook } from '../../src/people/session-book.ts'
import { createSessionTokens } from '../../src/people/session-tokens.ts'
import { createSignIn } from '../../src/people/sign-in.ts'
import { createStrengthMeter } from '../../src/people/strength.ts'
import type { Proof } from '../../src/policy/facts.ts'
import { openSqliteStore } from '../../src/stores/sqlite/client.ts'
import { auditKey, tempFolder } from '../stores/temp-folder.ts'
import { createLeakList } from '../support/leak-list.ts'
import { createTestProtection, createTestSignInNotices, noExtras } from '../support/protection.ts'
import { quickCost } from '../support/quick-cost.ts'
import { createTestClock } from '../support/test-clock.ts'
import { codeAt } from './authenticator.ts'
import { watchStore } from './watched-store.ts'

// The whole room over a real store, as the composition root puts it together, with a clock that tests move.

export type House = Awaited<ReturnType<typeof openHouse>>

export const hourMs = 3_600_000
export const dayMs = 24 * hourMs
export const password = 'plum orbit ladder 92'
export const nextPassword = 'quiet harbour, 7 lamps'

export const operator: Origin = { actor: { kind: 'operator', id: 'test' }, address: null, receipt: null, device: 'CLI' }

export async function openHouse() {
  const folder = tempFolder()
  const clock = createTestClock()
  // There is no other process on this file: nobody listens for it while a test moves the clock by days.
  const storeClock = { ...clock, every: () => () => {} }
  const watched = watchStore(await openSqliteStore({ file: folder.file('house.db'), auditKey, clock: storeClock }))
  const rooms = createRooms(watched.store, clock)
  const close = async () => {
    watched.be('there')
    await rooms.book.close()
    rooms.directory.close()
    await rooms.strength[Symbol.asyncDispose]()
    await watched.store.close()
    folder[Symbol.dispose]()
  }
  return { clock, ...watched, ...rooms, ...createHelpers(watched.store, clock, rooms), close }
}

type Store = Awaited<ReturnType<typeof openSqliteStore>>
type Clock = ReturnType<typeof createTestClock>

/** One gateway's worth of services. Two of them on one store are two processes. */
export function createRooms(store: Store, clock: Clock) {
  const key = Buffer.alloc(32, 1)
  const random = secureRandom
  const seal = createSeal(deriveKey(key, 'seal'), random)
  const { accounts, factors, organizations, devices, sessions, attempts, resetTickets: tickets, changes, audit } = store
  const directory = createDirectory({ accounts, organizations, devices, changes, clock })
  const real = createPasswords({ cores: 2, cost: quickCost })
  const hashes: (string | null)[] = []
  const passwords: Passwords = {
    ...real,
    verify(hash, text, turn) {
      hashes.push(hash)
      return real.verify(hash, text, turn)
    },
  }
  const leaked = createLeakList()
  const strength = createStrengthMeter({ clock })
  const newPasswords = createNewPasswords({
    ...{ accounts, directory, passwords, leaked, strength },
    get leakRules() {
      return leaked.state.rules
    },
    productWords: ['Sekisho'],
  })
  const secondFactors = createSecondFactors({ factors, directory, seal, random, clock, issuerName: 'Sekisho' })
  const ticketUrl = (token: string) => `https://auth.test/reset?token=${token}`
  const resets = createResets({ accounts, directory, tickets, newPasswords, audit, random, clock, ticketUrl })
  const troubles: unknown[] = []
  const leaks = createLeakedSignIns({
    ...{ leaked, accounts, resets, clock },
    get leakRules() {
      return leaked.state.rules
    },
    onTrouble: cause => void troubles.push(cause),
  })
  const tokens = createSessionTokens({ key: deriveKey(key, 'session tokens'), random })
  const limits = { idleMs: dayMs, absoluteMs: 30 * dayMs }
  const whereIs = new Map<string, Place>()
  const chosen = { settings: noExtras }
  return {
    directory,
    passwords,
    /** What passwords were verified against; test/people/passwords.test.ts shows that null costs what a hash costs. */
    hashes,
    leaked,
    strength,
    troubles,
    newPasswords,
    secondFactors,
    resets,
    tokens,
    book: createSessionBook({
      ...{ sessions, devices, tokens, changes, clock, random, limits },
      notices: createTestSignInNotices({ store, random, origin: 'https://auth.test', whereIs }, chosen),
    }),
    ...createTestProtection({ store, directory, seal, clock, random, origin: 'https://auth.test', whereIs }),
    /** Where addresses are, and which sign-ins are told besides those from unknown devices. */
    whereIs,
    chosen,
    signIn: createSignIn({
      accounts,
      directory,
      passwords,
      leaks,
      attempts,
      factors,
      secondFactors,
      tokens: createSessionTokens({ key: deriveKey(key, 'attempt tokens'), random }),
      codeKey: deriveKey(key, 'e-mail codes'),
      seal,
      random,
      clock,
      issuerName: 'Sekisho',
      codeOnUnknownDevice: false,
    }),
    knownDevices: createKnownDevices({ devices, random }),
    passwordChanges: createPasswordChanges({ accounts, directory, passwords, newPasswords, clock }),
    people: createPeopleAdmin({ accounts, resets, newPasswords, random, clock }),
    organizationAdmin: createOrganizationAdmin({ ...store, hasProvider: async () => true, random, clock }),
  }
}

export const openRules: OrganizationRules = {
  networks: null,
  networksMode: 'enforce',
  sso: { required: false, breakGlassEmails: [] },
  secondFactor: null,
  devices: 'any',
  sessionIdleMs: null,
  sessionAbsoluteMs: null,
  emailedCodes: false,
  codeOnUnknownDevice: false,
}

function createHelpers(store: Store, clock: Clock, rooms: ReturnType<typeof createRooms>) {
  let count = 0
  let hash: Promise<string> | undefined
  const reload = async (account: Account): Promise<Account> => {
    const found = await store.accounts.find(account.id)
    if (found === null) throw new Error('no such account')
    return found
  }
  return {
    reload,
    /** Open, with `password`; it is hashed once for all of them. */
    async person(about: Partial<Account> = {}): Promise<Account> {
      const email = parseEmail(about.email ?? `person${++count}@example.com`)
      if (email === null) throw new Error('no address')
      const now = clock.now()
      hash ??= rooms.passwords.hash(password)
      const account: Account = {
        id: secureRandom.token(16) as Account['id'],
        emailKey: email.key,
        formerEmail: null,
        name: 'Aiko',
        language: 'en',
        organizationId: null,
        roles: ['person'],
        state: 'open',
        password: { hash: await hash, changedAt: now },
        reset: null,
        held: null,
        passwordLeak: null,
        factors: [],
        exemption: null,
        createdAt: now,
        lastSignInAt: null,
        ...about,
        email: email.email,
      }
      const audit = auditOf('account_created', aboutAccount(account), operator, now)
      await store.accounts.create(account, { audit, notices: [] })
      return account
    },
    async organization(rules: Partial<OrganizationRules> = {}): Promise<Organization> {
      const slug = `org${++count}`
      const made = await rooms.organizationAdmin.create(
        { slug, name: slug, rules: { ...openRules, ...rules } },
        operator,
      )
      if (made.kind !== 'created') throw new Error(`not created: ${JSON.stringify(made)}`)
      return made.organization
    },
    /** A confirmed authenticator app; answers its secret. */
    async enrol(account: Account): Promise<string> {
      const { secret, sealed } = rooms.secondFactors.newTotp(account)
      const added = await rooms.secondFactors.addTotp(
        account,
        sealed,
        codeAt(secret, clock.now()),
        'Phone',
        by(account),
      )
      if (added.kind !== 'added') throw new Error(`not added: ${added.kind}`)
      clock.advance(30_000)
      return secret
    },
    async signedIn(account: Account, about: { proofs?: readonly Proof[]; device?: string } = {}) {
      const proofs = about.proofs ?? [{ kind: 'password', at: clock.now() }]
      const { organizationId } = account
      const opened = await rooms.book.open(
        {
          account,
          organization: organizationId === null ? null : await store.organizations.find(organizationId),
          proofs,
          host: 'auth.test',
          device: { deviceId: about.device ?? 'device-1', label: 'Firefox on Linux', mobile: false, known: true },
          address: '192.0.2.1',
          agent: 'Mozilla/5.0',
          attemptId: null,
          breakGlass: false,
        },
        by(account),
        [],
      )
      if (opened === null) throw new Error('not opened')
      return opened
    },
    /** What was mailed to one address, oldest first. */
    async mails(to: string, kind?: NoticeKind): Promise<Notice[]> {
      const all = await store.outbox.list('all', 1000)
      const notices = [...all].sort((a, b) => a.id - b.id).map(mail => mail.notice)
      return notices.filter(notice => notice.to === to && (kind === undefined || notice.kind === kind))
    },
    /** The token in the newest ticket mail to that address. */
    async mailedTicket(to: string): Promise<string> {
      const urls = (await this.mails(to)).map(notice => notice.facts['ticketUrl']).filter(url => url !== undefined)
      return String(urls.at(-1)).split('token=')[1] ?? ''
    },
    async audited(account: Account, event: string) {
      const rows = await store.audit.list({ accountId: account.id, limit: 1000 })
      return rows.map(row => row.entry).filter(entry => entry.event === event)
    },
  }
}

export const invited: Partial<Account> = { state: 'invited', password: null }

/** Somebody at a browser. */
export function by(account: Account | null): Origin {
  const actor = { kind: 'account', id: account?.id ?? 'nobody' } as const
  return { actor, address: '192.0.2.1', receipt: 'r-1', device: 'Firefox on Linux' }
}
