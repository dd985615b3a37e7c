import { html } from 'hono/html'
import type { Html } from '../../http/layout.ts'
import type { FactorWays } from '../../people/factor-ways.ts'
import type { Words } from '../words/en.ts'
import { field, note, type Problem, problems } from './parts.ts'

export interface ShowCodePage {
  readonly email: string
  readonly problem?: 'email' | 'code' | 'wrong'
}

export function showCodeContent(words: Words, { email, problem }: ShowCodePage): Html {
  const { handOver: text } = words
  const errors = {
    email: problem === 'email' ? words.signIn.emailUnreadable : undefined,
    code: problem === 'code' ? text.missing : problem === 'wrong' ? text.wrong : undefined,
  }
  const found: Problem[] = Object.entries(errors).flatMap(([name, error]) =>
    error === undefined ? [] : [{ text: error, field: name }],
  )
  return html`<h1>${text.title}</h1>
<p>${text.lead}</p>
${problem === 'wrong' ? wrongNote(words) : problems(words, found)}
<form method="post" action="/reset/hand-over" novalidate>
${field(words, {
  name: 'email',
  label: text.email,
  type: 'email',
  autocomplete: 'username',
  value: email,
  focus: true,
  error: errors.email,
})}
${field(words, {
  name: 'code',
  label: text.code,
  type: 'text',
  autocomplete: 'off',
  hint: text.codeHint,
  lengthMax: 64,
  error: errors.code,
})}
<button>${text.submit}</button></form>
<p class="below"><a href="/reset">${words.common.back}</a></p>`
}

/** One text for every cause: which of them it was would tell a stranger whether there is such an account. */
function wrongNote(words: Words): Html {
  const { wrong, wrongCauses, wrongWayOut } = words.handOver
  return html`<div class="errors" role="alert" tabindex="-1" autofocus data-takes-focus><h2>${wrong}</h2>
<ul>${wrongCauses.map(cause => html`<li>${cause}</li>`)}</ul><p>${wrongWayOut}</p></div>`
}

export interface FactorPage {
  readonly hidden: Html
  readonly ways: FactorWays
  readonly error: string | undefined
  readonly sent: boolean
}

export function factorContent(words: Words, { hidden, ways, error, sent }: FactorPage): Html {
  const { handOver: text } = words
  const phones = [...ways.phones, ...ways.sparePhones]
  const lead = phones.length > 0 ? text.factorLeadPhone : ways.app ? text.factorLead : text.factorLeadOther
  return html`<h1>${text.factorTitle}</h1>
${note(sent ? text.sent : null)}<p>${lead}</p>
${error === undefined ? '' : problems(words, [{ text: error, field: 'code' }])}
<form method="post" action="/reset/hand-over/factor" novalidate>${hidden}
${field(words, {
  name: 'code',
  label: text.factorCode,
  type: 'any-code',
  autocomplete: 'one-time-code',
  lengthMax: 32,
  focus: true,
  error,
})}
<button>${text.submit}</button></form>
${phones.map(phone => sendForm(words, hidden, phone))}
<details class="below"><summary>${text.stuckTitle}</summary><p>${text.stuck}</p></details>`
}

function sendForm(words: Words, hidden: Html, { id, masked }: FactorWays['phones'][number]): Html {
  return html`<form method="post" action="/reset/hand-over/send" class="below">${hidden}<input type="hidden" name="to" value="${id}"><button class="plain">${words.code.sendTo(masked)}</button></form>`
}

export function goneContent(words: Words): Html {
  const { handOver: text } = words
  return html`<h1>${text.goneTitle}</h1>
<p>${text.gone}</p>
<p><a class="button" href="/reset/hand-over">${text.again}</a></p>`
}
