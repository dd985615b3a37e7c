import { hashToken } from '../../src/lib/secret.ts'
import type { Books } from './books.ts'
import type { Act, Life } from './lives.ts'

/**
 * What is wrong with an account after its gateway died: each act has to be there as a whole (the change, its audit row, its mail) or not
 * at all, and there for certain when it was answered. Empty when all is well.
 */
export async function findHalfMade(books: Books, life: Life): Promise<string[]> {
  const found = [
    ...(await signInsOf(books, life)),
    ...(await enrolmentsOf(books, life)),
    ...(await resetsOf(books, life)),
  ]
  return found.map(
    problem => `${life.account.email} (${[...life.answered].join(', ') || 'nothing'} answered): ${problem}`,
  )
}

async function signInsOf({ store, ...books }: Books, life: Life): Promise<string[]> {
  const { id, email } = life.account
  const [sessions, devices] = await Promise.all([store.sessions.listOf(id), store.devices.listOf(id)])
  const account = await books.account(id)
  const opened = await books.times('session_opened', id)
  const begun = await books.times('sign_in_challenged', id)
  return [
    ...answeredMeansDone(life, 'sign-in', opened),
    ...same('sessions opened', {
      audit: opened,
      sessions: sessions.length,
      // Each try was made in a new browser.
      devices: devices.filter(device => device.lastSeenAt > 0).length,
      mails: books.count('outbox', "to_address = ? and kind = 'new_device'", email),
    }),
    ...same('attempts', { open: books.count('attempts', 'account_id = ?', id), begun: begun - opened }),
    ...same('a first sign-in', { remembered: account.lastSignInAt !== null, opened: opened > 0 }),
    ...sessions
      .filter(session => devices.every(device => device.deviceId !== session.deviceId))
      .map(session => `session ${session.id} has no device`),
  ]
}

async function enrolmentsOf(books: Books, life: Life): Promise<string[]> {
  const { id, email } = life.account
  const { factors } = await books.account(id)
  const added = await books.times('factor_added', id)
  const opens = factors.every(
    ({ id: factor, sealedSecret }) => books.seal.open(sealedSecret, `factor:${factor}`) === life.secret,
  )
  return [
    ...answeredMeansDone(life, 'enrolment', added),
    ...same('factors added', {
      audit: added,
      factors: factors.length,
      mails: books.count('outbox', "to_address = ? and kind = 'factor_added'", email),
    }),
    ...(opens ? [] : ['a factor has another secret than its page showed']),
  ]
}

async function resetsOf(books: Books, life: Life): Promise<string[]> {
  if (life.ticket === null) return []
  const { id, email } = life.account
  const { password, reset } = await books.account(id)
  const done = await books.times('reset_completed', id)
  const ticket = await books.store.resetTickets.find(hashToken(life.ticket), Date.now())
  return [
    ...answeredMeansDone(life, 'reset', done),
    ...same('resets done', {
      audit: done,
      password: password?.hash === life.account.password?.hash ? 0 : 1,
      flag: reset === null ? 1 : 0,
      ticket: ticket === null ? 1 : 0,
      former: (await books.store.accounts.formerPasswords(id)).length,
      mails: books.count('outbox', "to_address = ? and kind = 'password_changed'", email),
    }),
    ...((await books.passwords.verify(password?.hash ?? null, life.password)) === (done === 1)
      ? []
      : ['the new password opens it without a reset, or does not open it after one']),
  ]
}

function answeredMeansDone({ asked, answered }: Life, act: Act, times: number): string[] {
  if (answered.has(act) && times === 0) return [`the ${act} was answered and is not there`]
  return !asked.has(act) && times > 0 ? [`nobody asked for the ${act} that is there`] : []
}

/** Numbers of one thing, counted in several places. */
function same(what: string, counts: Readonly<Record<string, number | boolean>>): string[] {
  return new Set(Object.values(counts)).size === 1 ? [] : [`${what}: ${JSON.stringify(counts)}`]
}
