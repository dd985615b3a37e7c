import { randomInt } from 'node:crypto'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import type { AccountId } from '../../src/policy/facts.ts'
import { openSqliteStore, type SqliteStore } from '../../src/stores/sqlite/client.ts'
import { now, storedAccount } from '../contracts/samples.ts'
import { startChild } from './child.ts'
import { auditKey, tempFolder } from './temp-folder.ts'

const kills = 6
const livesPerProcess = 3

test(`a process that is killed ${kills} times at random moments leaves whole changes behind, each with its audit row and its mail`, async () => {
  using folder = tempFolder()
  const file = folder.file('store.db')
  let accounts = await createAccounts(file)
  for (let round = 1; round <= kills; round++) {
    const promised = await liveUntilKilled(file, accounts, randomInt(1, 150))

    await using store = await openSqliteStore({ file, auditKey, clock: systemClock })
    expect((await store.audit.verify()).brokenAt).toBeNull()
    const kept: string[] = []
    for (const id of accounts) kept.push(...(await expectWhole(store, id)))
    // Nothing that was promised is lost; of what was under way each account may have one step more.
    expect(kept).toEqual(expect.arrayContaining(promised))
    expect(kept.length - promised.length).toBeLessThanOrEqual(livesPerProcess)
    const mails = (await store.outbox.list('all', 100_000)).map(mail => mail.notice.to)
    const ours = mails.filter(to => accounts.some(id => to.includes(`.${id}.`)))
    expect(ours.toSorted()).toEqual(kept.toSorted())
    accounts = await storedAccounts(store)
  }
}, 120_000)

async function createAccounts(file: string): Promise<AccountId[]> {
  await using store = await openSqliteStore({ file, auditKey, clock: systemClock })
  return await storedAccounts(store)
}

async function storedAccounts(store: SqliteStore): Promise<AccountId[]> {
  const made = Array.from({ length: livesPerProcess }, () => storedAccount(store))
  return (await Promise.all(made)).map(account => account.id)
}

/** What the process had promised before it died. */
async function liveUntilKilled(file: string, accounts: readonly AccountId[], promises: number): Promise<string[]> {
  await using child = startChild('./busy-life.ts', [file, ...accounts])
  const promised: string[] = []
  for await (const line of child.lines) {
    promised.push(line)
    if (promised.length === promises) child.kill()
  }
  await child.finish()
  return promised
}

/** The state of an account is exactly what its own trail tells. Answers the names of its events. */
async function expectWhole(store: SqliteStore, id: AccountId): Promise<string[]> {
  const rows = (await store.audit.list({ accountId: id, limit: 10_000 })).map(row => row.entry)
  const events = rows.filter(entry => typeof entry.facts['n'] === 'number')
  const last = (event: string) => Math.max(0, ...events.filter(e => e.event === event).map(e => Number(e.facts['n'])))
  const account = await store.accounts.find(id)
  const [started, opened, enrolled] = [last('sign_in_challenged'), last('session_opened'), last('factor_added')]
  const [asked, reset] = [last('reset_mail_requested'), last('reset_completed')]
  const standing = async (found: Promise<unknown>) => (await found) !== null

  expect(account?.factors.map(factor => factor.id)).toEqual(
    Array.from({ length: enrolled }, (_, i) => `${id}.${i + 1}`),
  )
  expect(account?.password?.hash).toBe(reset === 0 ? `hash-of-${id}` : `${id}.${reset}`)
  expect(account?.lastSignInAt).toBe(opened === 0 ? null : now)
  expect(await standing(store.attempts.findByTokenHash(`token-of-${id}.${started}`))).toBe(started > opened)
  expect((await store.sessions.listOf(id)).map(session => session.id)).toEqual(
    opened > reset ? [`${id}.${opened}`] : [],
  )
  expect(await standing(store.resetTickets.find(`${id}.${asked}`, now))).toBe(asked > reset)
  return events.map(entry => `${entry.event}.${id}.${entry.facts['n']}`)
}
