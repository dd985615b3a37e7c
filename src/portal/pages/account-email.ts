import { html } from 'hono/html'
import type { Html } from '../../http/layout.ts'
import { formatInstant } from '../../lib/instant.ts'
import type { Words } from '../words/en.ts'
import { cancel } from './account-forms.ts'
import type { AccountPage } from './account-page.ts'
import { field, problems } from './parts.ts'

/** The address on the account page, and until when the one before can put it back. */
export function emailPanel(words: Words, { account, organization, language, now }: AccountPage): Html {
  const text = words.email
  const { formerEmail } = account
  const undoable = formerEmail !== null && now < formerEmail.undoUntil
  return html`<section class="panel" aria-labelledby="email-title"><h2 id="email-title">${text.title}</h2>
<p>${text.lead(account.email)}</p>
${undoable ? html`<p class="soft">${text.undoable(formerEmail.email, formatInstant(formerEmail.undoUntil, language))}</p>` : ''}
${
  organization?.usesSso === true
    ? html`<p class="soft">${text.managed}</p>`
    : html`<p><a class="button quiet" href="/account/email">${text.change}</a></p>`
}</section>`
}

export interface EmailPage {
  readonly present: string
  readonly typed: string
  readonly error: string | undefined
}

export function changeEmailContent(words: Words, { present, typed, error }: EmailPage): Html {
  const text = words.email
  return html`<h1>${text.change}</h1>
<p>${text.lead(present)}</p>
${problems(words, error === undefined ? [] : [{ text: error, field: 'email' }])}
<form method="post" action="/account/email" novalidate>
${field(words, { name: 'email', label: text.next, hint: text.nextHint, type: 'email', autocomplete: 'email', value: typed, focus: true, error })}
<button>${text.submit}</button></form>
<p class="soft">${text.note}</p>
${cancel(words)}`
}

export function emailCodeContent(words: Words, { email, error }: { email: string; error: string | undefined }): Html {
  const text = words.email
  return html`<h1>${text.codeTitle}</h1>
<p role="status">${text.codeLead(email)}</p>
${problems(words, error === undefined ? [] : [{ text: error, field: 'code' }])}
<form method="post" action="/account/email/confirm" novalidate>
${field(words, { name: 'code', label: text.code, type: 'code', autocomplete: 'one-time-code', focus: true, error })}
<button>${text.codeSubmit}</button></form>
<p class="below"><a href="/account/email">${text.other}</a></p>`
}

export function managedEmailContent(words: Words): Html {
  return html`<h1>${words.email.title}</h1>
<p>${words.email.managed}</p>
${cancel(words)}`
}
