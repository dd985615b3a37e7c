import { html } from 'hono/html'
import type { Html } from '../../http/layout.ts'
import type { Words } from '../words/en.ts'
import { buttonForm, field, problems } from './parts.ts'

/** On the page of the password, for everybody alike: no account is looked up to decide whether it helps. */
export function askForCode(words: Words, hidden: Html, email: string): Html {
  return html`<div class="below">${buttonForm('/sign-in/code', words.signInCode.ask, { fields: about(hidden, email), kind: 'quiet' })}</div>`
}

export interface SignInCodePage {
  readonly title: string
  readonly hidden: Html
  readonly query: string
  readonly email: string
  readonly error: string | undefined
}

/** The same whether a code was mailed or not. */
export function signInCodeContent(words: Words, { title, hidden, query, email, error }: SignInCodePage): Html {
  const text = words.signInCode
  return html`<h1>${title}</h1>
<p>${text.lead(email)}</p>
${error === undefined ? '' : problems(words, [{ text: error, field: 'code' }])}
<form method="post" action="/sign-in/code" novalidate>${about(hidden, email)}
${field(words, {
  name: 'code',
  label: text.label,
  type: 'code',
  autocomplete: 'one-time-code',
  lengthMax: 16,
  focus: true,
  error,
})}
<button>${text.submit}</button></form>
<div class="below">${buttonForm('/sign-in/code', text.again, { fields: about(hidden, email), kind: 'quiet' })}</div>
<p class="below soft">${text.nothing}</p>
<p class="below"><a href="/sign-in${query}">${text.withPassword}</a></p>`
}

function about(hidden: Html, email: string): Html {
  return html`${hidden}<input type="hidden" name="email" value="${email}">`
}
