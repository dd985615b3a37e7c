import { html } from 'hono/html'
import type { Html } from '../../http/layout.ts'
import { formatInstant, isoInstant } from '../../lib/instant.ts'
import type { IssuingRefusal } from '../../people/hand-over-issuing.ts'
import type { AdminWords } from '../words/en.ts'

export interface HandOverForm {
  readonly email: string
  readonly reason: string
  readonly problems: readonly Problem[]
}

export type Problem = IssuingRefusal | 'email_unreadable' | 'reason_missing' | 'not_allowed'

const reasonLengthMax = 500

export function askContent({ handOver }: AdminWords, form: HandOverForm): Html {
  const errorOf = (name: Field) => form.problems.find(problem => fieldOf(problem) === name)
  return html`<h1>${handOver.title}</h1>
<p>${handOver.lead}</p>
${summary(handOver, form.problems)}
<section class="panel"><form method="post" action="/admin/hand-over" novalidate class="narrow">
${textField(handOver, { name: 'email', label: handOver.email, value: form.email, problem: errorOf('email') })}
${textField(handOver, { name: 'reason', label: handOver.reason, hint: handOver.reasonHint, value: form.reason, problem: errorOf('reason') })}
<button>${handOver.submit}</button></form></section>
<section class="panel" aria-labelledby="what"><h2 id="what">${handOver.whatTitle}</h2><ul>${handOver.what.map(line => html`<li>${line}</li>`)}</ul></section>`
}

type Field = 'email' | 'reason'

function fieldOf(problem: Problem): Field {
  return problem === 'reason_missing' ? 'reason' : 'email'
}

function summary({ problemTitle, problems }: AdminWords['handOver'], found: readonly Problem[]): Html {
  if (found.length === 0) return html``
  const lines = found.map(problem => html`<li><a href="#${fieldOf(problem)}">${problems[problem]}</a></li>`)
  return html`<div class="errors" role="alert" tabindex="-1" autofocus data-takes-focus><h2>${problemTitle}</h2><ul>${lines}</ul></div>`
}

interface TextField {
  readonly name: Field
  readonly label: string
  readonly hint?: string
  readonly value: string
  readonly problem: Problem | undefined
}

function textField({ problems }: AdminWords['handOver'], { name, label, hint, value, problem }: TextField): Html {
  const kind =
    name === 'email'
      ? html` type="email" inputmode="email" autocapitalize="none" spellcheck="false" maxlength="1024"`
      : html` type="text" maxlength="${reasonLengthMax}"`
  const described = [
    ...(hint === undefined ? [] : [`${name}-hint`]),
    ...(problem === undefined ? [] : [`${name}-error`]),
  ]
  const attributes = html`${described.length === 0 ? '' : html` aria-describedby="${described.join(' ')}"`}${
    problem === undefined ? '' : html` aria-invalid="true"`
  }`
  return html`<div class="field"><label for="${name}">${label}</label>
${hint === undefined ? '' : html`<p class="hint" id="${name}-hint">${hint}</p>`}
<input id="${name}" name="${name}"${kind} value="${value}" autocomplete="off"${attributes} required>
${problem === undefined ? '' : html`<p class="error" id="${name}-error">${problems[problem]}</p>`}</div>`
}

export interface IssuedCode {
  readonly name: string
  readonly email: string
  readonly code: string
  readonly expiresAt: number
  readonly asksFactor: boolean
  readonly language: string
}

/** The code stands here and nowhere else; leaving the page loses it, and a new one ends it. */
export function issuedContent({ handOver }: AdminWords, issued: IssuedCode): Html {
  const until = html`<time datetime="${isoInstant(issued.expiresAt)}">${formatInstant(issued.expiresAt, issued.language)}</time>`
  return html`<h1>${handOver.issuedTitle}</h1>
<section class="panel"><p>${handOver.issuedLead(issued.name, issued.email)}</p>
<p class="secret" translate="no">${issued.code}</p>
<dl><dt>${handOver.validUntil}</dt><dd>${until}</dd>
<dt>${handOver.factor}</dt><dd>${issued.asksFactor ? handOver.factorAsked : handOver.factorNone}</dd></dl>
<p>${handOver.once}</p></section>
<section class="panel" aria-labelledby="next"><h2 id="next">${handOver.nextTitle}</h2><ol>${handOver.next.map(line => html`<li>${line}</li>`)}</ol></section>`
}
