import type { AuditEntry, AuditEvent } from '../../src/journal/audit.ts'
import type { RefusalRecord } from '../../src/journal/receipt.ts'
import type { Notice } from '../../src/notices/notice.ts'
import type { Account, EmailKey, Factor } from '../../src/people/account.ts'
import type { Attempt } from '../../src/people/attempt.ts'
import type { Organization, OrganizationRules } from '../../src/people/organization.ts'
import type { ResetTicket } from '../../src/people/reset-ticket.ts'
import type { Device, JoinCode, Session } from '../../src/people/session.ts'
import type { Trail } from '../../src/people/trail.ts'
import type { AccountId, OrganizationId, Proof, SessionId } from '../../src/policy/facts.ts'
import type { StoredKey } from '../../src/proxy/key-store.ts'
import type { DurablePorts } from './ports.ts'

// One of each thing, complete and unlike any other: tests name only what they are about.

/** The moment at which the samples happen; the stores read no clock. */
export const now = 1_800_000_000_000
export const minuteMs = 60_000
export const hourMs = 60 * minuteMs
export const dayMs = 24 * hourMs

let made = 0
export const unique = (kind: string) => `${kind}-${process.pid}-${++made}`

// Brands are made by parsers of other rooms; the samples stand in for them.
export const accountId = (text = unique('account')) => text as AccountId
export const organizationId = (text = unique('organization')) => text as OrganizationId
export const sessionId = (text = unique('session')) => text as SessionId
export const emailKey = (text: string) => text as EmailKey

export function anEntry(event: AuditEvent, about: Partial<AuditEntry> = {}): AuditEntry {
  return {
    event,
    at: now,
    actor: { kind: 'operator', id: 'mika' },
    accountId: null,
    organizationId: null,
    address: '192.0.2.7',
    receipt: 'r-1',
    facts: {},
    ...about,
  }
}

export function aTrail(event: AuditEvent, notices: readonly Notice[] = [], about: Partial<AuditEntry> = {}): Trail {
  return { audit: anEntry(event, about), notices }
}

export function aNotice(about: Partial<Notice> = {}): Notice {
  return {
    kind: 'account_suspended',
    to: `${unique('someone')}@example.com`,
    language: 'en',
    facts: { name: 'Aki', at: now },
    ...about,
  }
}

export function anAccount(about: Partial<Account> = {}): Account {
  const id = about.id ?? accountId()
  return {
    id,
    email: `${id}@Example.com`,
    emailKey: emailKey(`${id}@example.com`),
    formerEmail: null,
    name: `Person ${id}`,
    language: 'en',
    organizationId: null,
    roles: ['person'],
    state: 'open',
    password: { hash: `hash-of-${id}`, changedAt: now - dayMs },
    reset: null,
    held: null,
    passwordLeak: null,
    factors: [],
    exemption: null,
    createdAt: now - 2 * dayMs,
    lastSignInAt: null,
    ...about,
  }
}

export function aFactor(about: Partial<Factor> = {}): Factor {
  return {
    id: unique('factor'),
    kind: 'totp',
    label: 'Phone',
    addedAt: now - hourMs,
    sealedSecret: 'sealed',
    lastStep: 0,
    setAsideAt: null,
    spare: false,
    credentialId: null,
    ...about,
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

export function anOrganization(about: Partial<Organization> = {}): Organization {
  const id = about.id ?? organizationId()
  return {
    id,
    slug: id,
    name: `Organization ${id}`,
    managedBy: 'store',
    rules: { active: openRules, previous: null, revertAt: null, confirmedAt: null },
    createdAt: now,
    ...about,
  }
}

export const password: Proof = { kind: 'password', at: now }
export const totp: Proof = { kind: 'totp', at: now + 1000 }

export function aSession(owner: AccountId, about: Partial<Session> = {}): Session {
  const id = about.id ?? sessionId()
  return {
    id,
    tokenHash: `token-of-${id}`,
    rootId: id,
    accountId: owner,
    organizationId: null,
    host: 'auth.example.com',
    proofs: [password],
    openedAt: now,
    seenAt: now,
    idleMs: dayMs,
    absoluteEndsAt: now + 30 * dayMs,
    deviceId: 'device-1',
    address: '192.0.2.7',
    agent: 'Firefox on Linux',
    breakGlass: false,
    ...about,
  }
}

export function aDevice(owner: AccountId, about: Partial<Device> = {}): Device {
  return {
    accountId: owner,
    deviceId: 'device-1',
    label: 'Firefox on Linux',
    mobile: false,
    approvedAt: null,
    firstSeenAt: now,
    lastSeenAt: now,
    address: '192.0.2.7',
    reportedAt: null,
    ...about,
  }
}

export function anAttempt(owner: AccountId, about: Partial<Attempt> = {}): Attempt {
  const id = about.id ?? unique('attempt')
  return {
    id,
    tokenHash: `token-of-${id}`,
    accountId: owner,
    proofs: [password],
    risk: { emailCode: false, why: 'none' },
    deviceId: 'device-1',
    startedAt: now,
    expiresAt: now + 10 * minuteMs,
    wrongCodes: 0,
    sealedEnrolment: null,
    emailCode: null,
    ...about,
  }
}

export function aTicket(owner: AccountId, about: Partial<ResetTicket> = {}): ResetTicket {
  return {
    tokenHash: unique('ticket'),
    accountId: owner,
    purpose: 'reset',
    issuedAt: now,
    expiresAt: now + 30 * minuteMs,
    ...about,
  }
}

export function aJoinCode(root: Session, about: Partial<JoinCode> = {}): JoinCode {
  return {
    codeHash: unique('code'),
    rootId: root.id,
    host: 'chat.example.com',
    bindingHash: 'browser-1',
    expiresAt: now + minuteMs,
    ...about,
  }
}

export function aRefusal(about: Partial<RefusalRecord> = {}): RefusalRecord {
  return {
    receipt: unique('receipt'),
    at: now,
    entrance: 'proxy',
    method: 'GET',
    host: 'chat.example.com',
    path: '/rooms',
    address: '192.0.2.7',
    verdict: 'deny',
    gate: 'from-organization-network',
    rule: 'organization acme',
    policyVersion: 'v1',
    accountId: null,
    organizationId: null,
    walk: '[]',
    fault: null,
    ...about,
  }
}

export function aKey(state: StoredKey['state'], about: Partial<StoredKey> = {}): StoredKey {
  const kid = about.kid ?? unique('key')
  return {
    kid,
    algorithm: 'ES256',
    state,
    publicJwk: '{"kty":"EC"}',
    sealedPrivateJwk: 'sealed',
    createdAt: now,
    ...about,
  }
}

/** An account that stands in the store. */
export async function storedAccount(store: DurablePorts, about: Partial<Account> = {}): Promise<Account> {
  const account = anAccount(about)
  await store.accounts.create(account, aTrail('account_created'))
  return account
}

/** A root that is open in the store. */
export async function storedSession(
  store: DurablePorts,
  owner: AccountId,
  about: Partial<Session> = {},
): Promise<Session> {
  const session = aSession(owner, about)
  await store.sessions.open(session, aDevice(owner, { deviceId: session.deviceId }), null, aTrail('session_opened'))
  return session
}

/** A child of the root on an application's host. */
export async function storedChild(store: DurablePorts, root: Session): Promise<Session> {
  const code = aJoinCode(root)
  await store.sessions.issueJoin(code)
  const id = sessionId()
  const child = await store.sessions.redeemJoin(
    { codeHash: code.codeHash, host: code.host, bindingHash: code.bindingHash, at: now },
    { id, tokenHash: `token-of-${id}`, address: '192.0.2.8', agent: 'Firefox on Linux' },
  )
  if (child === null) throw new Error('the sample child was not opened')
  return child
}
