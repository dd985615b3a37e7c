import { html } from 'hono/html'
import type { Html } from '../../http/layout.ts'
import type { Words } from '../words/en.ts'
import { buttonForm, field, type Problem, problems } from './parts.ts'

export function askContent(words: Words, email: string, mark: string, error: string | undefined): Html {
  const found: Problem[] = error === undefined ? [] : [{ text: error, field: 'email' }]
  return html`<h1>${words.reset.title}</h1>
<p>${words.reset.lead}</p>
${problems(words, found)}
<form method="post" action="/reset" novalidate>
${field(words, {
  name: 'email',
  label: words.signIn.email,
  type: 'email',
  autocomplete: 'username',
  value: email,
  focus: true,
  error,
})}
${mark === '' ? '' : html`<input type="hidden" name="mark" value="${mark}">`}<button>${words.reset.send}</button></form>
<p class="below"><a href="/reset/hand-over">${words.handOver.link}</a></p>
<p><a href="/sign-in">${words.common.back}</a></p>`
}

/** The same for everyone: whether there is such an account is between us and the mailbox. */
export function sentContent(words: Words, email: string): Html {
  return html`<h1>${words.reset.sentTitle}</h1>
<p role="status">${words.reset.sent(email)}</p>
<p>${words.reset.sentThen}</p>
<details><summary>${words.reset.sentNothingTitle}</summary><ul>${words.reset.sentNothing.map(line => html`<li>${line}</li>`)}</ul></details>
<p class="below"><a href="/reset">${words.reset.again}</a></p>`
}

export interface ChoosePage {
  readonly email: string
  readonly lengthMin: number
  readonly errors: readonly string[]
  /** What stands under the field (portal/password-meter.ts). */
  readonly meter?: Html
  /** Where the form goes and what it brings along, when it was no mailed link that led here. */
  readonly action?: string
  readonly hidden?: Html
}

export function chooseContent(words: Words, page: ChoosePage): Html {
  const { email, lengthMin, errors, action = '/reset/choose', hidden = html``, meter = html`` } = page
  const [first] = errors
  return html`<h1>${words.reset.title}</h1>
<p>${words.reset.chooseLead(email)}</p>
${problems(
  words,
  errors.map(text => ({ text, field: 'password' })),
)}
<form method="post" action="${action}" novalidate>${hidden}
<input type="text" name="email" value="${email}" autocomplete="username" hidden>
${field(words, {
  name: 'password',
  label: words.reset.password,
  type: 'password',
  autocomplete: 'new-password',
  focus: true,
  error: first,
})}
${meter}${rulesList(words, lengthMin)}
<button>${words.reset.submit}</button></form>
<p class="below soft">${words.reset.ends}</p>`
}

export function rulesList(words: Words, lengthMin: number): Html {
  return html`<div class="soft"><p>${words.reset.rulesTitle}</p><ul>${words.reset.rules(lengthMin).map(rule => html`<li>${rule}</li>`)}</ul></div>`
}

export function goneContent(words: Words): Html {
  return html`<h1>${words.reset.goneTitle}</h1>
<p>${words.reset.gone}</p>
<p><a class="button" href="/reset">${words.reset.goneThen}</a></p>`
}

/** For somebody whose session lives on a screen while the account must be reset. */
export function requiredContent(words: Words, hidden: Html): Html {
  return html`<h1>${words.required.title}</h1>
<p>${words.required.lead}</p>
<p>${words.required.how}</p>
${buttonForm('/reset', words.required.submit, { fields: hidden })}`
}
