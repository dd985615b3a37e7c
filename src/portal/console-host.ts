import type { Ask } from '../http/ask.ts'
import type { Html } from '../http/layout.ts'
import type { PageBindings } from '../http/page-env.ts'
import type { Language } from '../notices/notice.ts'
import type { Origin } from '../people/origin.ts'
import type { ActFact, TargetFact } from '../policy/facts.ts'
import type { Door, Person } from './door.ts'
import type { PageWriter } from './page-writer.ts'
import { accountNavigation } from './pages/account.ts'
import { originOf, type VisitOf } from './visit.ts'

/**
 * What the portal lends to the organizations' console, which lives on its host: the frame of a page, and the way to sign-in or to a fresh
 * proof. What may be done, the console asks through `admit`: it walks the `admin` gates.
 */
export interface ConsoleHost {
  admit(asking: PageBindings, returnTo: string, about: ConsoleAct): Promise<ConsoleAdmission>
  languageOf(asking: PageBindings): Language
  write(asking: PageBindings, person: Pick<Person, 'organization'>, page: ConsolePage): Promise<Response>
}

export interface ConsoleAct {
  readonly act: ActFact
  /** Null asks whether it may be done at all: for pages on which nobody has been named yet. */
  readonly target: TargetFact | null
}

/** `not_allowed`: to this target, or by this person; which of the two is not told. */
export type ConsoleAdmission =
  | { readonly kind: 'in'; readonly person: Person; readonly by: Origin }
  | { readonly kind: 'not_allowed'; readonly person: Person; readonly by: Origin }
  | { readonly kind: 'answered'; readonly response: Response }

export interface ConsolePage {
  readonly title: string
  readonly content: Html
  readonly status?: number
  readonly here: string
}

export interface ConsoleHostNeeds {
  readonly ask: Ask
  readonly door: Door
  readonly visitOf: VisitOf
  readonly writer: PageWriter
}

export function createConsoleHost({ ask, door, visitOf, writer }: ConsoleHostNeeds): ConsoleHost {
  return {
    async admit({ head, receipt }, returnTo, { act, target }) {
      const visit = visitOf(head, receipt)
      const decision = await ask('admin', head, { act, receipt, ...(target === null ? {} : { target }) })
      const { verdict } = decision
      const person = await door.holder(visit)
      const isAnswered = verdict.kind === 'allow' || (verdict.kind === 'deny' && verdict.reason === 'act_not_allowed')
      if (!isAnswered || person === null)
        return { kind: 'answered', response: await door.turnAway(visit, decision, returnTo) }
      const by = originOf(visit, person.account.id, person.session)
      return { kind: verdict.kind === 'allow' ? 'in' : 'not_allowed', person, by }
    },
    languageOf: ({ head, receipt }) => visitOf(head, receipt).language,
    write: ({ head, receipt }, person, { title, content, status = 200, here }) => {
      const visit = visitOf(head, receipt)
      const brand = person.organization?.name
      return writer.write(visit, {
        ...{ title, content, status, here, width: 'console', navigation: accountNavigation(visit.words) },
        ...(brand === undefined ? {} : { brand }),
      })
    },
  }
}
