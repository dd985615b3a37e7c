import { html } from 'hono/html'
import type { Html } from '../../http/layout.ts'
import { formatInstant, isoInstant } from '../../lib/instant.ts'
import type { SsoState } from '../../people/sso-switch.ts'
import type { AdminWords } from '../words/en.ts'

export interface SsoPage {
  readonly organization: string
  readonly state: SsoState
  readonly breakGlass: readonly string[]
  /** The organization's provider vouched for the one who looks. */
  readonly throughProvider: boolean
  readonly now: number
  readonly language: string
  readonly said: 'confirmed' | null
  readonly problem: SsoProblem | null
}

export type SsoProblem =
  | { readonly kind: 'not_running' | 'overtaken' | 'not_through_provider' }
  | { readonly kind: 'break_glass'; readonly email: string }

export function ssoContent({ sso }: AdminWords, page: SsoPage): Html {
  const { state, breakGlass } = page
  return html`<h1>${sso.title}</h1>
<p>${sso.lead(page.organization)}</p>
${page.said === null ? '' : html`<p class="note" role="status">${sso.confirmed}</p>`}
${problemOf(sso, page.problem)}
<section class="panel"><dl><dt>${sso.state}</dt><dd>${sso.states[state.kind]}</dd>
${state.kind === 'live' ? timeLeft(sso, page, state.revertAt) : ''}
<dt>${sso.breakGlass}</dt><dd>${breakGlass.length === 0 ? sso.none : breakGlass.join(', ')}</dd></dl></section>
${state.kind === 'live' ? confirmation(sso, page) : ''}`
}

function timeLeft(sso: AdminWords['sso'], { now, language }: SsoPage, revertAt: number): Html {
  const minutes = Math.max(1, Math.ceil((revertAt - now) / 60_000))
  return html`<dt>${sso.until}</dt>
<dd><time datetime="${isoInstant(revertAt)}">${formatInstant(revertAt, language)}</time> (${sso.left(minutes)})</dd>`
}

function confirmation(sso: AdminWords['sso'], { throughProvider }: SsoPage): Html {
  if (!throughProvider) return html`<section class="panel"><p>${sso.notThrough}</p></section>`
  return html`<section class="panel" aria-labelledby="confirm"><h2 id="confirm">${sso.confirmTitle}</h2>
<p>${sso.confirmLead}</p>
<h3>${sso.whatTitle}</h3><ul>${sso.what.map(line => html`<li>${line}</li>`)}</ul>
<form method="post" action="/admin/sso"><button>${sso.confirm}</button></form></section>`
}

function problemOf(sso: AdminWords['sso'], problem: SsoProblem | null): Html {
  if (problem === null) return html``
  return html`<div class="errors" role="alert" tabindex="-1" autofocus data-takes-focus><h2>${sso.problemTitle}</h2>
<ul><li>${wordsOf(sso, problem)}</li></ul></div>`
}

function wordsOf(sso: AdminWords['sso'], problem: SsoProblem): string {
  switch (problem.kind) {
    case 'not_through_provider':
      return sso.notThrough
    case 'break_glass':
      return sso.problems.break_glass(problem.email)
    case 'not_running':
    case 'overtaken':
      return sso.problems[problem.kind]
    default:
      return problem satisfies never
  }
}
