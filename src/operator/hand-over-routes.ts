import type { PageApp } from '../http/page-env.ts'
import { Fault } from '../lib/fault.ts'
import { isoInstant } from '../lib/instant.ts'
import type { IssuingRefusal } from '../people/hand-over-issuing.ts'
import { accountByEmail, operatorOrigin, readInput } from './input.ts'
import type { OperatorRooms } from './rooms.ts'

/** Support's way for somebody whose mailbox is lost. The code stands in this one answer and nowhere else. */
export function addHandOverRoutes(app: PageApp, rooms: OperatorRooms): void {
  app.post('/api/users/hand-over', async context => {
    const input = await readInput(context)
    const email = input.text('email')
    const reason = input.text('reason')
    input.finish()
    const account = await accountByEmail(rooms.accounts, email)
    const issued = await rooms.handOvers.issue(account, reason, operatorOrigin(context))
    if (issued.kind === 'refused') throw new Fault('conflict', { detail: refusals[issued.why] })
    const { code, expiresAt, asksFactor } = issued
    return context.json(
      { email: account.email, code, validUntil: isoInstant(expiresAt), asksFactor },
      { headers: { 'Cache-Control': 'no-store' } },
    )
  })
}

const refusals: Readonly<Record<IssuingRefusal, string>> = {
  sso: 'this account signs in with single sign-on and has no password here',
  invited: 'this account waits for its invitation: send that again (users invite)',
  suspended: 'this account is suspended: resume it first',
  deleted: 'this account was deleted',
  weakened:
    'an operator removed a second factor of this account, or had some set aside, within the last 24 hours: wait, or let an administrator of the organization issue the code',
}
