import { html } from 'hono/html'
import type { Html } from '../../http/layout.ts'
import type { Words } from '../words/en.ts'
import { field, problems } from './parts.ts'
import { codeField } from './second-factor.ts'

export interface ProvePage {
  readonly hidden: Html
  readonly by: 'totp' | 'password'
  readonly email: string
  readonly error: string | undefined
}

/** For somebody who is signed in: one fresh proof, by what the account has. */
export function proveContent(words: Words, { hidden, by, email, error }: ProvePage): Html {
  const name = by === 'totp' ? 'code' : 'password'
  return html`<h1>${words.prove.title}</h1>
<p>${words.prove.lead} ${by === 'totp' ? words.prove.leadCode : words.prove.leadPassword}</p>
${error === undefined ? '' : problems(words, [{ text: error, field: name }])}
<form method="post" action="/prove-again" novalidate>${hidden}
<div class="who"><p>${email}</p></div>
${by === 'totp' ? codeField(words, words.code.label, error) : passwordField(words, email, error)}
<button>${words.prove.submit}</button></form>
<p class="below"><a href="/account">${words.common.cancel}</a></p>`
}

function passwordField(words: Words, email: string, error: string | undefined): Html {
  return html`<input type="text" name="email" value="${email}" autocomplete="username" hidden>
${field(words, {
  name: 'password',
  label: words.signIn.password,
  type: 'password',
  autocomplete: 'current-password',
  focus: true,
  error,
})}`
}
