import { html } from 'hono/html'
import type { Html } from '../../http/layout.ts'
import type { AcceptedAssertion } from '../../sso/reading.ts'
import type { SamlRefusal } from '../../sso/refusal.ts'
import { samlRemedies } from '../../sso/remedies.ts'
import type { Words } from '../words/en.ts'
import { moment, receiptLine } from './parts.ts'

/** What a test sign-in has found: only for the browser that began it. */
export type Tested =
  | { readonly kind: 'refused'; readonly cause: SamlRefusal; readonly detail: string }
  | { readonly kind: 'accepted'; readonly assertion: AcceptedAssertion; readonly found: TestFound }

export interface TestFound {
  readonly account: keyof Words['sso']['test']['accountIs']
  readonly name: string | null
  readonly roles: readonly string[]
}

export function testedContent(words: Words, tested: Tested, language: string, receipt: string): Html {
  const { test } = words.sso
  const rows = tested.kind === 'refused' ? refusedRows(words, tested) : acceptedRows(words, tested, language)
  const outcome = tested.kind === 'refused' ? test.refused : test.accepted
  return html`<h1>${test.title}</h1>
<p class="note" role="status">${outcome} ${test.unchanged}</p>
<dl class="stacked">${rows.map(([term, value]) => html`<dt>${term}</dt><dd>${value}</dd>`)}</dl>
<p><a href="/">${test.back}</a></p>
${receiptLine(words, receipt)}`
}

type Row = readonly [string, string | Html]

function refusedRows(
  { sso: { test } }: Words,
  { cause, detail }: Extract<Tested, { kind: 'refused' }>,
): readonly Row[] {
  return [
    [test.cause, html`<code>${cause}</code>`],
    [test.detail, detail],
    [test.remedy, samlRemedies[cause]],
  ]
}

function acceptedRows(
  { sso: { test } }: Words,
  { assertion, found }: Extract<Tested, { kind: 'accepted' }>,
  language: string,
): readonly Row[] {
  const attributes = Object.keys(assertion.attributes)
  const { sessionEndsAt } = assertion
  return [
    [test.email, assertion.email],
    [test.account, test.accountIs[found.account]],
    [test.name, found.name ?? test.none],
    [test.roles, found.roles.join(', ')],
    [test.context, assertion.context ?? test.none],
    [test.authenticated, moment(assertion.authenticatedAt, language)],
    [test.until, sessionEndsAt === null ? test.byLimits : moment(sessionEndsAt, language)],
    // Names only: their values are the provider's business with us, not the tester's.
    [test.attributes, attributes.length === 0 ? test.none : attributes.join(', ')],
  ]
}
