import { Hono } from 'hono'
import type { CookieJar } from '../../http/cookies.ts'
import { type Fields, readForm } from '../../http/forms.ts'
import type { PageApp, PageEnv } from '../../http/page-env.ts'
import type { Clock } from '../../lib/clock.ts'
import type { PasswordChanges } from '../../people/password-change.ts'
import type { SessionBook } from '../../people/session-book.ts'
import type { AccountWriter } from '../account-writer.ts'
import { ownActs } from '../acts.ts'
import type { Door, Person } from '../door.ts'
import { changePasswordContent } from '../pages/account-forms.ts'
import type { PasswordGuard } from '../password-guard.ts'
import type { MeterPart } from '../password-meter.ts'
import { lengthMinOf, problemWords } from '../password-words.ts'
import { originOf, type Visit, type VisitOf } from '../visit.ts'

export interface AccountPasswordNeeds {
  readonly visitOf: VisitOf
  readonly door: Door
  readonly jar: CookieJar
  readonly passwordChanges: PasswordChanges
  readonly passwords: PasswordGuard
  readonly sessionBook: SessionBook
  readonly writer: AccountWriter
  readonly meter: MeterPart
  readonly clock: Clock
}

/** `/account/password`: a change asks for the current password, however fresh the last proof is (ASVS 6.2.3). */
export function accountPasswordRoutes(needs: AccountPasswordNeeds): PageApp {
  const { visitOf, door } = needs
  const app: PageApp = new Hono<PageEnv>()

  app.get('/account/password', async c => {
    const visit = visitOf(c.env.head, c.env.receipt)
    const admission = await door.admit(visit, '/account/password', ownActs.change_password)
    if (admission.kind === 'answered') return admission.response
    return show(needs, visit, admission.person, {})
  })

  app.post('/account/password', async c => {
    const visit = visitOf(c.env.head, c.env.receipt)
    const admission = await door.admit(visit, '/account/password', ownActs.change_password)
    if (admission.kind === 'answered') return admission.response
    return change(needs, visit, admission.person, await readForm(c.req.raw))
  })
  return app
}

interface Errors {
  readonly current?: string
  readonly next?: readonly string[]
}

async function show(needs: AccountPasswordNeeds, visit: Visit, person: Person, errors: Errors): Promise<Response> {
  const { account, session } = person
  const sessions = await needs.sessionBook.listOf(account.id)
  const content = changePasswordContent(visit.words, {
    email: account.email,
    lengthMin: lengthMinOf(account),
    otherSessions: sessions.filter(each => each.rootId !== session.rootId).length,
    currentError: errors.current,
    nextErrors: errors.next ?? [],
    meter: needs.meter(visit.words, 'account', 'next'),
  })
  const failed = errors.current !== undefined || errors.next !== undefined
  const title = visit.words.account.changePassword
  return needs.writer.write(visit, person, { title, content, status: failed ? 422 : 200, here: '/account/password' })
}

async function change(needs: AccountPasswordNeeds, visit: Visit, person: Person, form: Fields): Promise<Response> {
  const { account, session } = person
  const { words } = visit
  const [current, next] = [form.get('current') ?? '', form.get('next') ?? '']
  if (current === '') return show(needs, visit, person, { current: words.signIn.passwordMissing })
  if (next === '') return show(needs, visit, person, { next: [words.passwordProblems.missing] })
  const by = originOf(visit, account.id)
  const changed = await needs.passwords.guard(visit, account, {
    verify: () => needs.passwordChanges.change(account, session, { current, next }, by),
    wasWrong: ({ kind }) => kind === 'wrong',
  })
  switch (changed.kind) {
    case 'wrong':
    case 'closed': // opaque: too many tries read as one more wrong one
      return show(needs, visit, person, { current: words.account.currentWrong })
    case 'refused':
      return show(needs, visit, person, {
        next: problemWords(words, changed.problems, lengthMinOf(account), changed.advice),
      })
    case 'done': {
      const rotated = await needs.sessionBook.rotate(session, [], by)
      const seconds = (session.absoluteEndsAt - needs.clock.now()) / 1000
      const cookies = rotated === null ? [] : [needs.jar.write('session', rotated.token, seconds)]
      return needs.writer.done('password_changed', cookies)
    }
    default:
      return changed satisfies never
  }
}
