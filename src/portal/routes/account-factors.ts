import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import { type Fields, parseFields, readForm } from '../../http/forms.ts'
import type { PageApp, PageEnv } from '../../http/page-env.ts'
import type { Account, Factor } from '../../people/account.ts'
import { isActive } from '../../people/directory.ts'
import type { SecondFactors } from '../../people/second-factors.ts'
import { type AccountWriter, confirmed } from '../account-writer.ts'
import { ownActs } from '../acts.ts'
import { readCode, readLabel } from '../code-field.ts'
import type { Door, Person } from '../door.ts'
import { type FactorAddedNeeds, factorAdded } from '../factor-added.ts'
import type { Journey } from '../journey.ts'
import { factorName } from '../pages/account-factors.ts'
import { removeFactorContent } from '../pages/account-forms.ts'
import { enrolContent } from '../pages/second-factor.ts'
import { originOf, type Visit, type VisitOf } from '../visit.ts'

export interface AccountFactorsNeeds extends FactorAddedNeeds {
  readonly visitOf: VisitOf
  readonly door: Door
  readonly secondFactors: SecondFactors
  readonly writer: AccountWriter
}

/** `/account/factors`: the owner alone adds, removes and takes back second factors, each after a fresh proof. */
export function accountFactorRoutes(needs: AccountFactorsNeeds): PageApp {
  const { visitOf, door, secondFactors, journeys, writer } = needs
  const app: PageApp = new Hono<PageEnv>()
  const visitIn = (c: Context<PageEnv>) => visitOf(c.env.head, c.env.receipt)

  app.get('/account/factors/add', async c => {
    const visit = visitIn(c)
    const journey = journeys.parse(parseFields(new URL(c.req.url).search))
    const admission = await door.admit(visit, `/account/factors/add${journeys.query(journey)}`, ownActs.add_factor)
    if (admission.kind === 'answered') return admission.response
    return offer(needs, visit, admission.person, journey, { totp: secondFactors.newTotp(admission.person.account) })
  })

  app.post('/account/factors/add', async c => {
    const visit = visitIn(c)
    const admission = await door.admit(visit, '/account/factors/add', ownActs.add_factor)
    if (admission.kind === 'answered') return admission.response
    return add(needs, visit, admission.person, await readForm(c.req.raw))
  })

  app.get('/account/factors/remove', async c => {
    const visit = visitIn(c)
    const id = parseFields(new URL(c.req.url).search).get('factor') ?? ''
    const here = `/account/factors/remove?factor=${encodeURIComponent(id)}`
    const admission = await door.admit(visit, here, ownActs.remove_factor)
    if (admission.kind === 'answered') return admission.response
    const { person } = admission
    const factor = person.account.factors.find(each => each.id === id)
    if (factor === undefined) return writer.done('not_found')
    return writer.write(visit, person, {
      title: visit.words.account.remove,
      content: removeFactorContent(visit.words, {
        id,
        label: factorName(visit.words, factor),
        lead: removeLead(visit.words, person.account, factor),
      }),
    })
  })

  app.post('/account/factors/remove', async c => {
    const visit = visitIn(c)
    const admission = await door.admit(visit, confirmed, ownActs.remove_factor)
    if (admission.kind === 'answered') return admission.response
    const { account, session } = admission.person
    const id = (await readForm(c.req.raw)).get('factor') ?? ''
    const removed = await secondFactors.remove(account, id, originOf(visit, account.id, session))
    return writer.done(removed ? 'factor_removed' : 'not_found')
  })

  app.post('/account/factors/restore', async c => {
    const visit = visitIn(c)
    const admission = await door.admit(visit, confirmed, ownActs.restore_factor)
    if (admission.kind === 'answered') return admission.response
    const { account, session } = admission.person
    const id = (await readForm(c.req.raw)).get('factor') ?? ''
    const restored = await secondFactors.restore(account, id, originOf(visit, account.id, session))
    return writer.done(restored ? 'factor_restored' : 'not_found')
  })
  return app
}

/** What is left when it is gone. */
function removeLead({ factorWays }: Visit['words'], account: Account, factor: Factor): string {
  if (!isActive(factor)) return factorWays.removeStandIn
  return account.factors.some(each => each.id !== factor.id && isActive(each))
    ? factorWays.removeOther
    : factorWays.removeLast
}

interface Offer {
  /** A new secret, or (after a wrong code) the sealed one that the person's app holds already. */
  readonly totp: ReturnType<SecondFactors['newTotp']> | { readonly sealed: string }
  readonly error?: string
  readonly label?: string
}

/** Keeps nothing: the secret goes through the form and back, sealed to this account. */
function offer(
  needs: AccountFactorsNeeds,
  visit: Visit,
  person: Person,
  journey: Journey,
  shown: Offer,
): Promise<Response> {
  const { words } = visit
  const hidden = html`${needs.journeys.hidden(journey)}<input type="hidden" name="sealed" value="${shown.totp.sealed}">`
  const label = shown.label ?? words.enrol.labelDefault
  const form = { action: '/account/factors/add', hidden, lead: words.account.factorsLead, label }
  const query = needs.journeys.query(journey)
  const content = html`${enrolContent(words, form, 'secret' in shown.totp ? shown.totp : null, shown.error)}
<p class="below"><a href="/account/passkeys/add${query}">${words.passkeys.passkeyInstead}</a></p>`
  const status = shown.error === undefined ? 200 : 422
  const here = `/account/factors/add${query}`
  return needs.writer.write(visit, person, { title: words.enrol.title, content, status, here })
}

async function add(needs: AccountFactorsNeeds, visit: Visit, person: Person, form: Fields): Promise<Response> {
  const { account, session } = person
  const { words } = visit
  const journey = needs.journeys.parse(form)
  const label = readLabel(form) ?? words.enrol.labelDefault
  const sealed = form.get('sealed') ?? ''
  const again = (error: string) => offer(needs, visit, person, journey, { totp: { sealed }, error, label })
  const code = readCode(form)
  if (code === null) return again(words.code.notSixDigits)
  const by = originOf(visit, account.id, session)
  const added = await needs.secondFactors.addTotp(account, sealed, code, label, by)
  switch (added.kind) {
    case 'added':
      return factorAdded(needs, visit, person, { proof: { kind: 'totp', at: needs.clock.now() }, journey })
    case 'wrong':
      return again(words.enrol.wrong)
    case 'gone': {
      const totp = needs.secondFactors.newTotp(account)
      return offer(needs, visit, person, journey, { totp, error: words.enrol.gone, label })
    }
    case 'refused':
      return needs.writer.done('not_found')
    default:
      return added satisfies never
  }
}
