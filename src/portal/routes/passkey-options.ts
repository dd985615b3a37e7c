import { Hono } from 'hono'
import type { Ask } from '../../http/ask.ts'
import type { CookieJar } from '../../http/cookies.ts'
import { readForm } from '../../http/forms.ts'
import type { PageApp, PageEnv } from '../../http/page-env.ts'
import type { Random } from '../../lib/random.ts'
import type { Ceremony, CreationOptions, Passkeys, RequestOptions } from '../../people/passkeys.ts'
import { ownActs } from '../acts.ts'
import type { Door, Person } from '../door.ts'
import type { Entry, RunningAttempt } from '../entry.ts'
import type { PageWriter } from '../page-writer.ts'
import { beginCeremony } from '../passkey-ceremony.ts'
import type { Visit, VisitOf } from '../visit.ts'

export interface PasskeyOptionsNeeds {
  readonly visitOf: VisitOf
  readonly ask: Ask
  readonly jar: CookieJar
  readonly random: Random
  readonly door: Door
  readonly entry: Pick<Entry, 'judge'>
  /** The attempt that this browser has under way. */
  readonly findRunning: (visit: Visit) => Promise<RunningAttempt | null>
  readonly passkeys: Passkeys
  readonly writer: PageWriter
}

/**
 * `/passkeys/options`: what our script hands to the browser's authenticators. It stores nothing, and before somebody is signed in it says
 * nothing about anybody: the second factor's options are the same for every attempt, also for one that is none.
 */
export function passkeyOptionsRoutes(needs: PasskeyOptionsNeeds): PageApp {
  const { visitOf, ask, writer } = needs
  const app: PageApp = new Hono<PageEnv>()

  app.post('/passkeys/options', async c => {
    const visit = visitOf(c.env.head, c.env.receipt)
    const { verdict } = await ask('portal', visit.head, { receipt: visit.receipt })
    if (verdict.kind !== 'allow') return writer.refusal(visit, verdict)
    const made = await make(needs, visit, (await readForm(c.req.raw)).get('purpose'))
    if (made === null) return writer.refusal(visit, { kind: 'challenge', step: 'sign_in' })
    return writer.json(made.options, { cookies: [made.cookie] })
  })
  return app
}

interface Made {
  readonly options: RequestOptions | CreationOptions
  readonly cookie: string
}

async function make(needs: PasskeyOptionsNeeds, visit: Visit, purpose: string | undefined): Promise<Made | null> {
  const { passkeys } = needs
  switch (purpose) {
    case 'sign_in':
    case 'second_factor':
      return begin(needs, visit, purpose, null, ceremony => passkeys.requestOptions(ceremony))
    case 'prove_again': {
      const person = await needs.door.holder(visit)
      if (person === null || person.usesSso) return null
      return begin(needs, visit, purpose, person, ceremony => passkeys.ownRequestOptions(ceremony, person.account))
    }
    case 'enrol': {
      const admission = await needs.door.admit(visit, '/account/passkeys/add', ownActs.add_factor)
      if (admission.kind === 'answered') return null
      const { person } = admission
      return begin(needs, visit, purpose, person, ceremony => passkeys.creationOptions(ceremony, person.account))
    }
    case 'enrol_first': {
      const running = await needs.findRunning(visit)
      if (running === null || !(await isAsked(needs, visit, running))) return null
      return begin(needs, visit, purpose, null, ceremony => passkeys.creationOptions(ceremony, running.account))
    }
    default:
      return null
  }
}

/** Only the walk says that a factor may be set up: whoever found a password is asked for a mailed code before. */
async function isAsked({ entry }: PasskeyOptionsNeeds, visit: Visit, running: RunningAttempt): Promise<boolean> {
  const { verdict } = await entry.judge(visit, running)
  return verdict.kind === 'challenge' && verdict.step === 'enrol_factor'
}

function begin(
  needs: PasskeyOptionsNeeds,
  visit: Visit,
  purpose: Ceremony['purpose'],
  person: Person | null,
  optionsFor: (ceremony: Ceremony) => RequestOptions | CreationOptions,
): Made | null {
  const begun = beginCeremony(needs, visit, purpose, person?.session)
  return begun === null ? null : { options: optionsFor(begun.ceremony), cookie: begun.cookie }
}
