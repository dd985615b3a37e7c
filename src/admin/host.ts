import type { Html } from '../http/layout.ts'
import type { PageBindings } from '../http/page-env.ts'
import type { Language } from '../notices/notice.ts'
import type { Account } from '../people/account.ts'
import type { Organization } from '../people/organization.ts'
import type { Origin } from '../people/origin.ts'
import type { ActFact, Proof, Role, TargetFact } from '../policy/facts.ts'

/** What the console needs of the host that it is a guest of. */
export interface Host {
  /** `returnTo`: the page to come back to after a sign-in or a fresh proof. */
  admit(asking: PageBindings, returnTo: string, about: Asked): Promise<Admission>
  languageOf(asking: PageBindings): Language
  write(asking: PageBindings, person: Administrator, page: Page): Promise<Response>
}

export interface Asked {
  readonly act: ActFact
  readonly target: TargetFact | null
}

export interface Administrator {
  readonly account: Account
  readonly organization: Organization | null
  /** How the one who acts has come in. */
  readonly session: { readonly proofs: readonly Proof[] }
}

export type Admission =
  | { readonly kind: 'in' | 'not_allowed'; readonly person: Administrator; readonly by: Origin }
  | { readonly kind: 'answered'; readonly response: Response }

export interface Page {
  readonly title: string
  readonly content: Html
  readonly status?: number
  /** The address at which a GET shows this page. */
  readonly here: string
}

/** Acts on others ask for a proof that is not older than this: whoever finds an open browser must not act for its owner. */
const proofAgeMaxMs = 10 * 60_000

export function adminAct(name: string, roles: readonly Role[] = ['administrator', 'user_administrator']): ActFact {
  return { name, proofAgeMaxMs, roles }
}
