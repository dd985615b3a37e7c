import { Hono } from 'hono'
import { html } from 'hono/html'
import { type Fields, parseFields, readForm } from '../../http/forms.ts'
import type { PageApp, PageEnv } from '../../http/page-env.ts'
import type { BackupCodes } from '../../people/backup-codes.ts'
import { activeKinds } from '../../people/directory.ts'
import { waysOf } from '../../people/factor-ways.ts'
import type { AccountWriter } from '../account-writer.ts'
import { ownActs } from '../acts.ts'
import type { Door, Person } from '../door.ts'
import type { Journey, Journeys } from '../journey.ts'
import { backupContent, impossibleContent, madeContent } from '../pages/backup-codes.ts'
import { originOf, type Visit, type VisitOf, visitIn } from '../visit.ts'

export interface BackupCodesRoutesNeeds {
  readonly visitOf: VisitOf
  readonly door: Door
  readonly backupCodes: BackupCodes
  readonly journeys: Journeys
  readonly writer: AccountWriter
  readonly productName: string
}

const path = '/account/backup-codes'

/** `/account/backup-codes`: how many are left, and a new set, shown once in the answer to the form and never again. */
export function accountBackupCodeRoutes(needs: BackupCodesRoutesNeeds): PageApp {
  const { visitOf, door, journeys } = needs
  const app: PageApp = new Hono<PageEnv>()

  app.get(path, async c => {
    const visit = visitIn(visitOf, c)
    const query = parseFields(new URL(c.req.url).search)
    const journey = journeys.parse(query)
    const admission = await door.admit(visit, `${path}${journeys.query(journey)}`, ownActs.add_factor)
    if (admission.kind === 'answered') return admission.response
    return show(needs, visit, admission.person, journey, query)
  })

  app.post(path, async c => {
    const visit = visitIn(visitOf, c)
    const admission = await door.admit(visit, path, ownActs.add_factor)
    if (admission.kind === 'answered') return admission.response
    const journey = journeys.parse(await readForm(c.req.raw))
    return make(needs, visit, admission.person, journey)
  })
  return app
}

async function show(
  { backupCodes, journeys, writer }: BackupCodesRoutesNeeds,
  visit: Visit,
  person: Person,
  journey: Journey,
  query: Fields,
): Promise<Response> {
  const { words } = visit
  const { account } = person
  const title = words.backup.title
  if (person.usesSso) return writer.done('not_found')
  if (activeKinds(account).length === 0)
    return writer.write(visit, person, { title, content: impossibleContent(words) })
  const content = backupContent(words, {
    hidden: html`${journeys.hidden(journey)}`,
    left: waysOf(account).backupCodes ? await backupCodes.left(account) : null,
    said: query.get('said') === 'factor_added' ? words.account.changed.factor_added : null,
    onward: onwardOf(journeys, journey),
  })
  return writer.write(visit, person, { title, content, here: `${path}${journeys.query(journey)}` })
}

async function make(
  { backupCodes, journeys, writer, productName }: BackupCodesRoutesNeeds,
  visit: Visit,
  person: Person,
  journey: Journey,
): Promise<Response> {
  const { account, session } = person
  const { words } = visit
  const codes = await backupCodes.make(account, originOf(visit, account.id, session))
  const title = words.backup.madeTitle
  if (codes === null) return writer.write(visit, person, { title, content: impossibleContent(words), status: 409 })
  const onward = onwardOf(journeys, journey)
  const content = madeContent(words, { codes, product: productName, email: account.email, onward })
  return writer.write(visit, person, { title, content, here: `${path}${journeys.query(journey)}` })
}

/** On to where the person was going: the sign-in page leads everybody on who is signed in. */
function onwardOf(journeys: Journeys, journey: Journey): string {
  return journey.returnTo === null ? '/account' : `/sign-in${journeys.query(journey)}`
}
