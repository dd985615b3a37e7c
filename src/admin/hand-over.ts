import { Hono } from 'hono'
import { readForm } from '../http/forms.ts'
import type { PageApp, PageBindings, PageEnv } from '../http/page-env.ts'
import type { AuditStore } from '../journal/receipt.ts'
import type { Clock } from '../lib/clock.ts'
import type { Account, Accounts } from '../people/account.ts'
import { parseEmail } from '../people/email.ts'
import type { HandOvers } from '../people/hand-overs.ts'
import { aboutAccount, auditOf, type Origin } from '../people/origin.ts'
import type { TargetFact } from '../policy/facts.ts'
import { type Administrator, adminAct, type Host } from './host.ts'
import { askContent, type HandOverForm, issuedContent } from './pages/hand-over.ts'
import { adminWords } from './words/words.ts'

export interface HandOverNeeds {
  readonly host: Host
  readonly accounts: Pick<Accounts, 'findByEmail'>
  readonly handOvers: Pick<HandOvers, 'issue'>
  readonly audit: Pick<AuditStore, 'append'>
  readonly clock: Clock
}

const here = '/admin/hand-over'
const act = adminAct('hand_over')

/** `/admin/hand-over`: a code for somebody of the own organization who has lost the mailbox. It is shown once, on the answer to the form. */
export function handOverRoutes(needs: HandOverNeeds): PageApp {
  const app: PageApp = new Hono<PageEnv>()
  app.get(here, async ({ env }) => {
    const admission = await needs.host.admit(env, here, { act, target: null })
    if (admission.kind === 'answered') return admission.response
    return ask(needs, env, admission.person, { email: '', reason: '', problems: [] })
  })
  app.post(here, async ({ env, req }) => {
    // Whether this browser may come in is known before its form is read; whether this person may be named, after it.
    const entered = await needs.host.admit(env, here, { act, target: null })
    if (entered.kind === 'answered') return entered.response
    const form = await readForm(req.raw)
    const typed = { email: form.get('email') ?? '', reason: (form.get('reason') ?? '').trim() }
    const problems = missing(typed)
    if (problems.length > 0) return ask(needs, env, entered.person, { ...typed, problems })
    return issue(needs, env, entered.person, typed)
  })
  return app
}

type Typed = Omit<HandOverForm, 'problems'>

function missing({ email, reason }: Typed): HandOverForm['problems'] {
  return [
    ...(parseEmail(email) === null ? (['email_unreadable'] as const) : []),
    ...(reason === '' ? (['reason_missing'] as const) : []),
  ]
}

async function issue(needs: HandOverNeeds, env: PageBindings, person: Administrator, typed: Typed): Promise<Response> {
  const parsed = parseEmail(typed.email)
  const account = parsed === null ? null : await needs.accounts.findByEmail(parsed.key)
  // Somebody of another organization is to this one what nobody is: the same question, the same answer.
  const admission = await needs.host.admit(env, here, { act, target: targetOf(account) })
  if (admission.kind === 'answered') return admission.response
  if (admission.kind === 'not_allowed' || account === null) {
    await tellRefusal(needs, person, account, admission.by)
    return ask(needs, env, person, { ...typed, problems: ['not_allowed'] })
  }
  const issued = await needs.handOvers.issue(account, typed.reason, admission.by)
  if (issued.kind === 'refused') return ask(needs, env, person, { ...typed, problems: [issued.why] })
  const words = adminWords(needs.host.languageOf(env))
  const shown = { ...issued, name: account.name, email: account.email, language: needs.host.languageOf(env) }
  return needs.host.write(env, person, {
    title: words.handOver.issuedTitle,
    content: issuedContent(words, shown),
    here,
  })
}

function targetOf(account: Account | null): TargetFact {
  if (account === null) return { organizationId: null, accountId: null, roles: [] }
  return { organizationId: account.organizationId, accountId: account.id, roles: account.roles }
}

/** In the trail of the own organization; what is tried on others stays with whoever tried it. */
async function tellRefusal(
  { audit, clock }: HandOverNeeds,
  { account: { organizationId } }: Administrator,
  target: Account | null,
  by: Origin,
): Promise<void> {
  const isOwn = target !== null && target.organizationId === organizationId
  const subject = isOwn ? aboutAccount(target) : { accountId: null, organizationId }
  await audit.append(auditOf('hand_over_refused', subject, by, clock.now(), { why: 'not_allowed' }))
}

function ask(needs: HandOverNeeds, env: PageBindings, person: Administrator, form: HandOverForm): Promise<Response> {
  const words = adminWords(needs.host.languageOf(env))
  const status = form.problems.length === 0 ? 200 : form.problems.includes('not_allowed') ? 403 : 422
  const content = askContent(words, form)
  return needs.host.write(env, person, { title: words.handOver.title, content, status, here })
}
