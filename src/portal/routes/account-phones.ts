import { Hono } from 'hono'
import { html } from 'hono/html'
import { type Fields, parseFields, readForm } from '../../http/forms.ts'
import type { PageApp, PageEnv } from '../../http/page-env.ts'
import type { Phones } from '../../people/phones.ts'
import type { AccountWriter } from '../account-writer.ts'
import { ownActs } from '../acts.ts'
import type { CodeSending } from '../code-sending.ts'
import type { Door, Person } from '../door.ts'
import { type FactorAddedNeeds, factorAdded } from '../factor-added.ts'
import type { Journey } from '../journey.ts'
import { phoneCheckContent, phoneContent } from '../pages/phones.ts'
import { originOf, type Visit, type VisitOf, visitIn } from '../visit.ts'

export interface AccountPhonesNeeds extends FactorAddedNeeds {
  readonly visitOf: VisitOf
  readonly door: Door
  readonly phones: Phones
  readonly sending: Pick<CodeSending, 'maySend'>
  readonly writer: AccountWriter
}

const adding = '/account/phones/add'
const confirming = '/account/phones/confirm'

/** `/account/phones`: a number becomes a factor, or a spare phone, when a code that was sent to it has come back. */
export function accountPhoneRoutes(needs: AccountPhonesNeeds): PageApp {
  const { visitOf, door, journeys, phones, writer } = needs
  const app: PageApp = new Hono<PageEnv>()

  app.get(adding, async c => {
    const visit = visitIn(visitOf, c)
    const query = parseFields(new URL(c.req.url).search)
    const journey = journeys.parse(query)
    const spare = query.get('spare') === '1'
    const here = `${adding}${journeys.query(journey, spare ? { spare: '1' } : {})}`
    const admission = await door.admit(visit, here, ownActs.add_factor)
    if (admission.kind === 'answered') return admission.response
    if (!phones.offered) return writer.done('not_found')
    return ask(needs, visit, admission.person, journey, { spare, number: '' })
  })

  app.post(adding, async c => {
    const visit = visitIn(visitOf, c)
    const admission = await door.admit(visit, adding, ownActs.add_factor)
    if (admission.kind === 'answered') return admission.response
    return begin(needs, visit, admission.person, await readForm(c.req.raw))
  })

  app.get(confirming, async c => {
    const visit = visitIn(visitOf, c)
    const journey = journeys.parse(parseFields(new URL(c.req.url).search))
    const admission = await door.admit(visit, `${confirming}${journeys.query(journey)}`, ownActs.add_factor)
    if (admission.kind === 'answered') return admission.response
    return check(needs, visit, admission.person, journey)
  })

  app.post(confirming, async c => {
    const visit = visitIn(visitOf, c)
    const admission = await door.admit(visit, confirming, ownActs.add_factor)
    if (admission.kind === 'answered') return admission.response
    return confirm(needs, visit, admission.person, await readForm(c.req.raw))
  })
  return app
}

interface Asked {
  readonly spare: boolean
  readonly number: string
  readonly error?: string
}

function ask(
  { journeys, phones, writer }: AccountPhonesNeeds,
  visit: Visit,
  person: Person,
  journey: Journey,
  { spare, number, error }: Asked,
): Promise<Response> {
  const query = journeys.query(journey)
  const page = { hidden: html`${journeys.hidden(journey)}`, query, spare, number, error, example: phones.example }
  return writer.write(visit, person, {
    title: spare ? visit.words.phones.spareTitle : visit.words.phones.title,
    content: phoneContent(visit.words, page),
    status: error === undefined ? 200 : 422,
    here: `${adding}${journeys.query(journey, spare ? { spare: '1' } : {})}`,
  })
}

/** The page that follows is the same whether a message could be paid for or not. */
async function begin(needs: AccountPhonesNeeds, visit: Visit, person: Person, form: Fields): Promise<Response> {
  const { phones, sending, journeys, writer, pages } = needs
  const { account, session } = person
  const journey = journeys.parse(form)
  const spare = form.get('spare') === '1'
  const text = form.get('number') ?? ''
  const again = (error: string) => ask(needs, visit, person, journey, { spare, number: text, error })
  const parsed = phones.parse(text)
  if (parsed.kind === 'unreadable') return again(visit.words.phones.unreadable)
  if (parsed.kind === 'not_served') return again(visit.words.phones.notServed)
  const { number } = parsed
  const send = await sending.maySend(visit, account, number)
  const by = originOf(visit, account.id, session)
  const begun = await phones.begin({ account, subject: session.id, number, spare, send, by })
  return begun ? pages.redirect(`${confirming}${journeys.query(journey)}`) : writer.done('not_found')
}

async function check(
  { phones, journeys, pages, writer }: AccountPhonesNeeds,
  visit: Visit,
  person: Person,
  journey: Journey,
  error?: string,
): Promise<Response> {
  const query = journeys.query(journey)
  const pending = await phones.pending(person.session.id)
  if (pending === null) return pages.redirect(`${adding}${query}`)
  const { masked, spare } = pending
  const content = phoneCheckContent(visit.words, { hidden: html`${journeys.hidden(journey)}`, masked, spare, error })
  const status = error === undefined ? 200 : 422
  return writer.write(visit, person, {
    title: visit.words.phones.checkTitle,
    content,
    status,
    here: `${confirming}${query}`,
  })
}

async function confirm(needs: AccountPhonesNeeds, visit: Visit, person: Person, form: Fields): Promise<Response> {
  const { account, session } = person
  const { words } = visit
  const journey = needs.journeys.parse(form)
  const by = originOf(visit, account.id, session)
  const added = await needs.phones.confirm({ account, subject: session.id, code: form.get('code') ?? '', by })
  switch (added.kind) {
    case 'proved':
      return factorAdded(needs, visit, person, { proof: added.proof, journey })
    case 'added':
      return needs.writer.done('factor_added')
    case 'wrong':
      return check(needs, visit, person, journey, words.phones.wrong)
    case 'gone':
      return ask(needs, visit, person, journey, { spare: false, number: '', error: words.phones.gone })
    case 'refused':
      return needs.writer.done('not_found')
    default:
      return added satisfies never
  }
}
