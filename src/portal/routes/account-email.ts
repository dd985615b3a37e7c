import { type Context, Hono } from 'hono'
import { readForm } from '../../http/forms.ts'
import type { PageApp, PageEnv } from '../../http/page-env.ts'
import { budgetKey } from '../../lib/address.ts'
import type { MailBudgets } from '../../limits/mail-budgets.ts'
import type { EmailChange } from '../../people/email-change.ts'
import type { AccountWriter } from '../account-writer.ts'
import { ownActs } from '../acts.ts'
import { readCode } from '../code-field.ts'
import type { Door, Person } from '../door.ts'
import { changeEmailContent, emailCodeContent, managedEmailContent } from '../pages/account-email.ts'
import { originOf, type Visit, type VisitOf } from '../visit.ts'

export interface AccountEmailNeeds {
  readonly visitOf: VisitOf
  readonly door: Door
  readonly emailChange: EmailChange
  readonly codeMails: MailBudgets
  readonly writer: AccountWriter
}

const here = '/account/email'
const confirmHere = '/account/email/confirm'

/** `/account/email`: another address, proved by a code that is mailed to it. Each step asks for a fresh proof. */
export function accountEmailRoutes(needs: AccountEmailNeeds): PageApp {
  const { visitOf, door } = needs
  const app: PageApp = new Hono<PageEnv>()
  const visitIn = (c: Context<PageEnv>) => visitOf(c.env.head, c.env.receipt)

  app.get(here, async c => {
    const visit = visitIn(c)
    // Proved before anything is typed: nothing typed is lost on the way.
    const admission = await door.admit(visit, here, ownActs.change_email)
    return admission.kind === 'answered' ? admission.response : ask(needs, visit, admission.person, '', undefined)
  })

  app.post(here, async c => {
    const visit = visitIn(c)
    const admission = await door.admit(visit, here, ownActs.change_email)
    if (admission.kind === 'answered') return admission.response
    return send(needs, visit, admission.person, (await readForm(c.req.raw)).get('email') ?? '')
  })

  app.get(confirmHere, async c => {
    const visit = visitIn(c)
    const admission = await door.admit(visit, confirmHere, ownActs.change_email)
    return admission.kind === 'answered' ? admission.response : askCode(needs, visit, admission.person, undefined)
  })

  app.post(confirmHere, async c => {
    const visit = visitIn(c)
    const admission = await door.admit(visit, confirmHere, ownActs.change_email)
    if (admission.kind === 'answered') return admission.response
    return confirm(needs, visit, admission.person, readCode(await readForm(c.req.raw)))
  })
  return app
}

async function ask(
  { emailChange, writer }: AccountEmailNeeds,
  visit: Visit,
  person: Person,
  typed: string,
  error: string | undefined,
): Promise<Response> {
  const { words } = visit
  const { kind } = await emailChange.judge(person.account, typed)
  const content =
    kind === 'managed'
      ? managedEmailContent(words)
      : changeEmailContent(words, { present: person.account.email, typed, error })
  const status = error === undefined ? 200 : 422
  return writer.write(visit, person, { title: words.email.change, content, status, here })
}

async function send(needs: AccountEmailNeeds, visit: Visit, person: Person, typed: string): Promise<Response> {
  const { emailChange, codeMails } = needs
  const { account, session } = person
  const { words } = visit
  const judged = await emailChange.judge(account, typed)
  switch (judged.kind) {
    case 'managed':
      return ask(needs, visit, person, '', undefined)
    case 'unreadable':
      return ask(needs, visit, person, typed, words.signIn.emailUnreadable)
    case 'same':
      return ask(needs, visit, person, typed, words.email.same)
    case 'foreign_domain':
      return ask(needs, visit, person, typed, words.email.foreignDomain)
    case 'possible': {
      // By the one who asks, and by the address that is named: nobody's mailbox is filled from here.
      const address = budgetKey(visit.head.client.address)
      const names = [`email-change ${account.id}`, judged.wanted.key]
      for (const name of names)
        if ((await codeMails.ask({ address, name })).kind === 'closed')
          return ask(needs, visit, person, typed, words.email.tooMany)
      await emailChange.send(account, session, judged.wanted, originOf(visit, account.id, session))
      return needs.writer.redirect(confirmHere)
    }
    default:
      return judged satisfies never
  }
}

async function askCode(
  needs: AccountEmailNeeds,
  visit: Visit,
  person: Person,
  error: string | undefined,
): Promise<Response> {
  const waiting = await needs.emailChange.pending(person.session)
  if (waiting === null) return ask(needs, visit, person, '', visit.words.email.codeEnded)
  const content = emailCodeContent(visit.words, { email: waiting.email, error })
  const status = error === undefined ? 200 : 422
  return needs.writer.write(visit, person, { title: visit.words.email.codeTitle, content, status, here: confirmHere })
}

async function confirm(needs: AccountEmailNeeds, visit: Visit, person: Person, code: string | null): Promise<Response> {
  const { words } = visit
  // Not six digits: costs no try.
  if (code === null) return askCode(needs, visit, person, words.email.codeMissing)
  const { account, session } = person
  const confirmed = await needs.emailChange.confirm(account, session, code, originOf(visit, account.id, session))
  switch (confirmed.kind) {
    case 'changed':
      return needs.writer.done('email_changed')
    case 'wrong':
      return askCode(needs, visit, person, words.email.codeWrong(confirmed.triesLeft))
    case 'ended':
      return ask(needs, visit, person, '', words.email.codeEnded)
    default:
      return confirmed satisfies never
  }
}
