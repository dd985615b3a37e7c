import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openKeys } from '../../src/composition/root-key.ts'
import { secureRandom } from '../../src/lib/random.ts'
import type { Account } from '../../src/people/account.ts'
import type { Session } from '../../src/people/session.ts'
import { createSessionTokens } from '../../src/people/session-tokens.ts'
import type { AccountId, SessionId } from '../../src/policy/facts.ts'
import { writeAccount } from '../../src/stores/sql/account-rows.ts'
import { writeSession } from '../../src/stores/sql/session-rows.ts'
import { openBooks, seededPassword } from '../../test/support/books.ts'
import { cookiesOf } from '../../test/support/open-connections.ts'
import { createPortalVisitor } from '../../test/support/portal-visitor.ts'
import { peopleCount } from './contender.ts'

export interface Peopling {
  readonly port: number
  readonly dataDir: string
  readonly sessions: number
}

/** Signs one person in through the portal's pages and writes the sessions of the others as that left them; answers everybody's cookies. */
export async function addPeople({ port, dataDir, sessions }: Peopling): Promise<readonly string[]> {
  await using books = await openBooks(dataDir)
  const account = await books.addPerson('bench@example.com', 'bench-0')
  const cookie = await signIn(port)
  const database = new DatabaseSync(join(dataDir, 'sekisho.db'))
  const tokens = createSessionTokens({
    key: openKeys(null, dataDir, secureRandom).sessions,
    random: secureRandom,
  })
  database.exec('pragma busy_timeout = 10000; begin immediate')
  const insertAccount = inserterOf(database, 'accounts')
  const insertSession = inserterOf(database, 'sessions')
  const accounts = Math.min(sessions, peopleCount)
  for (let n = 1; n < accounts; n++) insertAccount({ ...writeAccount(copyOf(account, n)) })
  const name = cookie.slice(0, cookie.indexOf('='))
  const cookies = [cookie]
  for (let n = 1; n < sessions; n++) {
    const { token, tokenHash } = tokens.mint()
    const root = rootOf(account, n, accounts)
    insertSession({ ...writeSession(root) })
    insertSession({ ...writeSession(childOf(root, tokenHash)) })
    cookies.push(`${name}=${token}`)
  }
  database.exec('commit')
  database.close()
  return cookies
}

/** The cookie that the application's host gets by it. */
export async function signIn(port: number): Promise<string> {
  const visitor = createPortalVisitor({ port })
  const first = await visitor.follow(await visitor.get(`http://localhost:${port}/`))
  const second = await visitor.submit(first, { email: 'bench@example.com' })
  const end = await visitor.follow(await visitor.submit(second, { password: seededPassword }))
  if (end.status !== 200) throw new Error(`the bench could not sign in: ${end.status} ${end.heading}`)
  const cookie = cookiesOf(visitor)
  if (!/^[^;=]+=[\w-]+$/.test(cookie)) throw new Error(`not the one cookie of a session: ${cookie}`)
  return cookie
}

// Below, names of the bench's own making stand where stores would have made them.

function idOf(n: number, account: Account, accounts: number): AccountId {
  return n % accounts === 0 ? account.id : (`bench-${n % accounts}` as AccountId)
}

function copyOf(account: Account, n: number): Account {
  const email = `bench-${n}@example.com`
  return { ...account, id: `bench-${n}` as AccountId, email, emailKey: email as Account['emailKey'] }
}

function rootOf(account: Account, n: number, accounts: number): Session {
  const id = `bench-${n}` as SessionId
  const at = Date.now()
  return {
    ...{ id, rootId: id, tokenHash: `bench-root-${n}`, accountId: idOf(n, account, accounts) },
    ...{ organizationId: account.organizationId, host: 'auth.localhost', proofs: [{ kind: 'password', at }] },
    ...{ openedAt: at, seenAt: at, idleMs: 86_400_000, absoluteEndsAt: at + 30 * 86_400_000 },
    ...{ deviceId: 'bench', address: '127.0.0.1', agent: 'bench', breakGlass: false },
  }
}

function childOf(root: Session, tokenHash: string): Session {
  return { ...root, id: `${root.id}-app` as SessionId, tokenHash, host: 'localhost' }
}

function inserterOf(database: DatabaseSync, table: string) {
  let insert: ReturnType<DatabaseSync['prepare']> | null = null
  return (row: Readonly<Record<string, string | number | null>>) => {
    const names = Object.keys(row)
    insert ??= database.prepare(`insert into ${table} (${names.join()}) values (${names.map(() => '?').join()})`)
    insert.run(...names.map(name => row[name] ?? null))
  }
}
