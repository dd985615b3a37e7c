import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openKeys } from '../../src/composition/root-key.ts'
import type { AuditEvent } from '../../src/journal/audit.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { secureRandom } from '../../src/lib/random.ts'
import { createSeal, type Seal } from '../../src/lib/seal.ts'
import { hashToken } from '../../src/lib/secret.ts'
import type { Account } from '../../src/people/account.ts'
import { resetRequired } from '../../src/people/account-notices.ts'
import { parseEmail } from '../../src/people/email.ts'
import { hashHandOver, makeHandOverText, showHandOverText } from '../../src/people/hand-over-code.ts'
import { aboutAccount, auditOf, type Origin } from '../../src/people/origin.ts'
import { createPasswords, type Passwords } from '../../src/people/passwords.ts'
import { createPepper } from '../../src/people/pepper.ts'
import type { ResetTicket } from '../../src/people/reset-ticket.ts'
import { newTotpSecret } from '../../src/people/totp.ts'
import type { AccountId } from '../../src/policy/facts.ts'
import { openSqliteStore, type SqliteStore } from '../../src/stores/sqlite/client.ts'

/** The store of a deployment as one more process on its file: people are put in without a page, and what came of them is read. */
export interface Books extends AsyncDisposable {
  readonly store: SqliteStore
  readonly seal: Seal
  readonly passwords: Passwords
  /** All of them have `seededPassword`, hashed once. */
  addPerson(email: string, organization?: string): Promise<Account>
  /** Somebody who has no password yet. */
  addInvited(email: string): Promise<Account>
  /** Flags the account and answers the ticket of its mail. */
  requireReset(account: Account): Promise<string>
  /** Answers the ticket of the invitation. */
  invite(account: Account): Promise<string>
  /** An authenticator app whose codes were never used; answers its secret. */
  addAuthenticator(account: Account): Promise<string>
  /** A verified phone as second factor. */
  addPhone(account: Account, number: string): Promise<void>
  /** A hand-over code for the account, as support would issue it. */
  handOver(account: Account): Promise<string>
  account(id: AccountId): Promise<Account>
  /** How often an event stands in the account's trail. */
  times(event: AuditEvent, id: AccountId): Promise<number>
  /** Rows that no port counts. */
  count(table: 'attempts' | 'sessions' | 'outbox', where: string, ...values: string[]): number
}

export const seededPassword = 'correct-quay-drizzle-otter'

export async function openBooks(dataDir: string): Promise<Books> {
  const keys = openKeys(null, dataDir, secureRandom)
  const file = join(dataDir, 'sekisho.db')
  const store = await openSqliteStore({ file, auditKey: keys.audit, clock: systemClock })
  const database = new DatabaseSync(file, { readOnly: true })
  const seal = createSeal(keys.seal, secureRandom)
  const passwords = createPasswords({ cores: 2, pepper: createPepper(keys.passwords, []) })
  const hash = await passwords.hash(seededPassword)
  return {
    store,
    seal,
    passwords,
    addPerson: (email, organization) => addPerson(store, email, hash, organization),
    addInvited: email => addPerson(store, email, null),
    requireReset: account => requireReset(store, account),
    invite: account => invite(store, account),
    addAuthenticator: account => addAuthenticator(store, seal, account),
    addPhone: (account, number) => addFactor(store, seal, account, 'sms_code', number),
    handOver: account => handOver(store, keys.handOvers, account),
    async account(id) {
      const found = await store.accounts.find(id)
      if (found === null) throw new Error(`there is no account ${id}`)
      return found
    },
    async times(event, accountId) {
      const rows = await store.audit.list({ accountId, limit: 1_000 })
      return rows.filter(({ entry }) => entry.event === event).length
    },
    count(table, where, ...values) {
      const row = database.prepare(`select count(*) as n from ${table} where ${where}`).get(...values)
      return Number(row?.['n'])
    },
    async [Symbol.asyncDispose]() {
      database.close()
      await store.close()
    },
  }
}

const byTest: Origin = { actor: { kind: 'system', id: 'test' }, address: null, receipt: null, device: 'test' }

async function addPerson(
  store: SqliteStore,
  text: string,
  hash: string | null,
  organization?: string,
): Promise<Account> {
  const parsed = parseEmail(text)
  if (parsed === null) throw new Error(`${text} is no address`)
  const now = systemClock.now()
  const organizationId =
    organization === undefined ? null : ((await store.organizations.findBySlug(organization))?.id ?? null)
  const account: Account = {
    id: secureRandom.token(16) as AccountId, // because only stores make real ones
    email: parsed.email,
    emailKey: parsed.key,
    formerEmail: null,
    name: 'A Person',
    language: 'en',
    organizationId,
    roles: ['person'],
    state: hash === null ? 'invited' : 'open',
    password: hash === null ? null : { hash, changedAt: now },
    reset: null,
    held: null,
    passwordLeak: null,
    factors: [],
    exemption: null,
    createdAt: now,
    lastSignInAt: null,
  }
  const trail = { audit: auditOf('account_created', aboutAccount(account), byTest, now), notices: [] }
  if ((await store.accounts.create(account, trail)) !== 'created') throw new Error(`${text} is there already`)
  return account
}

async function requireReset(store: SqliteStore, account: Account): Promise<string> {
  const { token, ticket } = makeTicket(account, 'reset')
  const { issuedAt, expiresAt } = ticket
  const mail = { url: `http://auth.localhost:8080/reset/${token}`, issuedAt, expiresAt }
  const flag = { reason: 'a drill', at: issuedAt, by: 'system test', since: null }
  await store.accounts.markForReset(account.id, flag, ticket, {
    audit: auditOf('reset_required', aboutAccount(account), byTest, issuedAt),
    notices: [resetRequired(account, flag.reason, mail)],
  })
  return token
}

async function invite(store: SqliteStore, account: Account): Promise<string> {
  const { token, ticket } = makeTicket(account, 'invitation')
  const audit = auditOf('reset_mail_requested', aboutAccount(account), byTest, ticket.issuedAt)
  await store.resetTickets.issue(ticket, { audit, notices: [] })
  return token
}

function makeTicket(account: Account, purpose: ResetTicket['purpose']): { token: string; ticket: ResetTicket } {
  const token = secureRandom.token(32)
  const issuedAt = systemClock.now()
  const expiresAt = issuedAt + 30 * 60_000
  return { token, ticket: { tokenHash: hashToken(token), accountId: account.id, purpose, issuedAt, expiresAt } }
}

async function addAuthenticator(store: SqliteStore, seal: Seal, account: Account): Promise<string> {
  const secret = newTotpSecret(secureRandom)
  await addFactor(store, seal, account, 'totp', secret)
  return secret
}

async function addFactor(
  store: SqliteStore,
  seal: Seal,
  account: Account,
  kind: 'totp' | 'sms_code',
  secret: string,
): Promise<void> {
  const id = secureRandom.token(12)
  const at = systemClock.now()
  await store.factors.add(
    account.id,
    {
      ...{ id, kind, label: 'Phone', addedAt: at, sealedSecret: seal.close(secret, `factor:${id}`) },
      ...{ lastStep: 0, setAsideAt: null, spare: false, credentialId: null },
    },
    { audit: auditOf('factor_added', aboutAccount(account), byTest, at), notices: [] },
  )
}

async function handOver(store: SqliteStore, key: Buffer, account: Account): Promise<string> {
  const issuedAt = systemClock.now()
  const code = makeHandOverText(secureRandom, key, account.emailKey)
  const codeHash = hashHandOver(code, key, account.id)
  const handed = { accountId: account.id, codeHash, by: byTest.actor, reason: 'a drill', issuedAt }
  await store.handOverCodes.issue({ ...handed, expiresAt: issuedAt + 30 * 60_000 }, issuedAt, {
    audit: auditOf('hand_over_issued', aboutAccount(account), byTest, issuedAt),
    notices: [],
  })
  return showHandOverText(code)
}
