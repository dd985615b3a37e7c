import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Account } from '../../src/people/account.ts'
import { parseEmail } from '../../src/people/email.ts'
import type { Session } from '../../src/people/session.ts'
import type { AccountId, SessionId } from '../../src/policy/facts.ts'
import { writeAccount } from '../../src/stores/sql/account-rows.ts'
import { writeSession } from '../../src/stores/sql/session-rows.ts'

export interface ManyPeople {
  readonly dataDir: string
  readonly emails: readonly string[]
  readonly hash: string
  readonly at: number
}

/** People with an open session each, written past the ports: a hundred thousand in seconds. Answers their ids in the order of the addresses. */
export function seedPeople({ dataDir, emails, hash, at }: ManyPeople): readonly string[] {
  const database = new DatabaseSync(join(dataDir, 'sekisho.db'))
  const people = emails.map((email, i) => personOf(email, i, hash, at))
  database.exec('pragma busy_timeout = 10000; begin immediate')
  insertAll(
    database,
    'accounts',
    people.map(({ account }) => ({ ...writeAccount(account) })),
  )
  insertAll(
    database,
    'sessions',
    people.map(({ session }) => ({ ...writeSession(session) })),
  )
  database.exec('commit')
  database.close()
  return people.map(({ account }) => account.id)
}

function insertAll(
  database: DatabaseSync,
  table: string,
  rows: readonly Record<string, string | number | null>[],
): void {
  const names = Object.keys(rows[0] ?? {})
  const insert = database.prepare(`insert into ${table} (${names.join()}) values (${names.map(() => '?').join()})`)
  for (const row of rows) insert.run(...names.map(name => row[name] ?? null))
}

function personOf(text: string, i: number, hash: string, at: number): { account: Account; session: Session } {
  const parsed = parseEmail(text)
  if (parsed === null) throw new Error(`${text} is no address`)
  const id = `many-${i}` as AccountId // because this stands in for a store that makes one
  const sessionId = `many-session-${i}` as SessionId
  const account: Account = {
    ...{ id, email: parsed.email, emailKey: parsed.key, formerEmail: null, name: `Person ${i}` },
    ...{ language: i % 2 === 0 ? 'en' : 'ja', organizationId: null, roles: ['person'], state: 'open' },
    ...{ password: { hash, changedAt: at }, reset: null, held: null, passwordLeak: null, factors: [], exemption: null },
    ...{ createdAt: at, lastSignInAt: at },
  }
  const session: Session = {
    ...{ id: sessionId, tokenHash: `many-token-${i}`, rootId: sessionId, accountId: id, organizationId: null },
    ...{ host: 'auth.localhost', proofs: [{ kind: 'password', at }], openedAt: at, seenAt: at },
    ...{ idleMs: 86_400_000, absoluteEndsAt: at + 30 * 86_400_000, deviceId: 'device', address: '192.0.2.1' },
    ...{ agent: 'test', breakGlass: false },
  }
  return { account, session }
}
