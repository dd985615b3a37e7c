import { html } from 'hono/html'
import type { Html } from '../../http/layout.ts'
import { formatInstant, isoInstant } from '../../lib/instant.ts'
import { type MetadataChange, metadataDifference } from '../../sso/metadata-difference.ts'
import type { Provider } from '../../sso/provider.ts'
import type { AdminWords } from '../words/en.ts'

export interface StagedPage {
  readonly provider: Provider | null
  /** No provider vouched for the one who looks. */
  readonly mayPromote: boolean
  readonly language: string
  readonly said: 'promoted' | 'dropped' | null
  readonly problem: StagedProblem | null
}

export type StagedProblem = 'nothing_staged' | 'overtaken' | 'not_allowed' | 'not_promoted'

/** Nothing while nothing waits and nothing was done. */
export function stagedContent({ ssoMetadata: words }: AdminWords, page: StagedPage): Html {
  const { provider, said, problem } = page
  const told = said === null ? '' : html`<p class="note" role="status">${words.said[said]}</p>`
  return html`${told}${problem === null ? '' : problemOf(words, problem)}${
    provider?.staged == null ? '' : waiting(words, page, provider.metadata, provider.staged)
  }`
}

type Words = AdminWords['ssoMetadata']

function waiting(
  words: Words,
  { language, mayPromote }: StagedPage,
  speaking: Provider['metadata'],
  staged: Provider['metadata'],
): Html {
  const { digest, readAt } = staged
  const hidden = html`<input type="hidden" name="digest" value="${digest}">`
  return html`<section class="panel" aria-labelledby="waits"><h2 id="waits">${words.title}</h2><p>${words.lead}</p>
<dl class="stacked"><dt>${words.read}</dt><dd><time datetime="${isoInstant(readAt)}">${formatInstant(readAt, language)}</time></dd>
<dt>${words.digest}</dt><dd><code>${digest}</code></dd></dl>
${difference(words, metadataDifference(speaking, staged))}
${
  mayPromote
    ? html`<p>${words.promoteLead}</p><form method="post" action="/admin/sso/promote">${hidden}<button>${words.promote}</button></form>`
    : html`<p>${words.notPromoted}</p>`
}
<div class="below"><p>${words.dropLead}</p><form method="post" action="/admin/sso/drop">${hidden}<button class="quiet">${words.drop}</button></form></div></section>`
}

function difference(words: Words, changes: readonly MetadataChange[]): Html {
  const [what, from, to] = words.heads
  const cell = (label: string | undefined, text: string | null) =>
    html`<td data-label="${label ?? ''}"><span>${text ?? words.nothing}</span></td>`
  return html`<table><thead><tr>${words.heads.map(head => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${changes.map(
    change =>
      html`<tr><td data-label="${what ?? ''}"><span class="badge">${words.what[change.what]}</span></td>${cell(from, change.from)}${cell(to, change.to)}</tr>`,
  )}</tbody></table>`
}

function problemOf(words: Words, problem: StagedProblem): Html {
  const text = problem === 'not_promoted' ? words.notPromoted : words.problems[problem]
  return html`<div class="errors" role="alert" tabindex="-1" autofocus data-takes-focus><h2>${words.problemTitle}</h2>
<ul><li>${text}</li></ul></div>`
}
