import { writeSync } from 'node:fs'
import type { AuditEvent } from '../../src/journal/audit.ts'
import { systemClock } from '../../src/lib/clock.ts'
import type { Trail } from '../../src/people/trail.ts'
import type { AccountId } from '../../src/policy/facts.ts'
import { openSqliteStore } from '../../src/stores/sqlite/client.ts'
import {
  accountId,
  aDevice,
  aFactor,
  aNotice,
  anAttempt,
  aSession,
  aTicket,
  aTrail,
  now,
} from '../contracts/samples.ts'
import { auditKey } from './temp-folder.ts'

// A process that signs in, enrols and resets without a pause until it is killed. After each answer it prints what was promised.

const [, , file = '', ...accounts] = process.argv
const store = await openSqliteStore({ file, auditKey, clock: systemClock })
await Promise.all(accounts.map(account => live(accountId(account))))

async function live(id: AccountId): Promise<void> {
  for (let n = 1; ; n++) {
    const name = `${id}.${n}`
    const attempt = anAttempt(id, { id: name })
    await store.attempts.start(attempt, trail('sign_in_challenged', id, n))
    promise('sign_in_challenged', id, n)
    const session = aSession(id, { id: name as never, rootId: name as never })
    await store.sessions.open(session, aDevice(id), name, trail('session_opened', id, n))
    promise('session_opened', id, n)
    await store.factors.add(id, aFactor({ id: name, addedAt: now + n }), trail('factor_added', id, n))
    promise('factor_added', id, n)
    const ticket = aTicket(id, { tokenHash: name })
    await store.resetTickets.issue(ticket, trail('reset_mail_requested', id, n))
    promise('reset_mail_requested', id, n)
    const redemption = { tokenHash: name, accountId: id, passwordHash: name, at: now }
    await store.resetTickets.redeem(redemption, trail('reset_completed', id, n))
    promise('reset_completed', id, n)
  }
}

/** Each event sends one mail of its own, so that mails and events can be counted against each other. */
function trail(event: AuditEvent, id: AccountId, n: number): Trail {
  return aTrail(event, [aNotice({ to: `${event}.${id}.${n}` })], { accountId: id, facts: { n } })
}

function promise(event: AuditEvent, id: AccountId, n: number): void {
  writeSync(1, `${event}.${id}.${n}\n`)
}
