import { html } from 'hono/html'
import type { Html } from '../../http/layout.ts'
import type { Words } from '../words/en.ts'
import { field, note, type Problem, problems } from './parts.ts'
import { askForCode } from './sign-in-code.ts'

export interface SignInPage {
  readonly hidden: Html
  readonly query: string
  readonly title: string
  /** The host that the person continues to. */
  readonly destination: string | null
  /** The button for a passkey. */
  readonly passkey: Html
}

/** First page: who. Nothing is looked up to decide what comes next, so nothing can be learned from it. */
export function emailContent(
  words: Words,
  page: SignInPage,
  email: string,
  error: string | undefined,
  said: string | null,
): Html {
  const found: Problem[] = error === undefined ? [] : [{ text: error, field: 'email' }]
  return html`<h1>${page.title}</h1>
${page.destination === null ? '' : html`<p class="soft">${words.signIn.onTheWayTo(page.destination)}</p>`}
${note(said)}${problems(words, found)}
<form method="post" action="/sign-in" novalidate>${page.hidden}
${field(words, {
  name: 'email',
  label: words.signIn.email,
  hint: words.signIn.emailHint,
  type: 'email',
  autocomplete: 'username webauthn',
  value: email,
  focus: true,
  error,
})}
<button>${words.signIn.next}</button></form>
${page.passkey}
<p class="below"><a href="/reset">${words.signIn.forgot}</a></p>`
}

/** Second page: the password. The address goes along in a field, so that password managers see both. */
export function passwordContent(words: Words, page: SignInPage, email: string, error: string | undefined): Html {
  return html`<h1>${page.title}</h1>
${error === undefined ? '' : problems(words, [{ text: error, field: 'password' }])}
${passwordForm(words, page, email, error)}`
}

/** The page of every refusal before all proofs are given: it names all causes and does not tell which. */
export function wrongContent(words: Words, page: SignInPage, email: string): Html {
  const { wrong, wrongLead, wrongCauses, wrongWayOut } = words.signIn
  return html`<h1>${page.title}</h1>
<div class="errors" role="alert" tabindex="-1" autofocus data-takes-focus><h2>${wrong}</h2>
<p>${wrongLead}</p><ul>${wrongCauses.map(cause => html`<li>${cause}</li>`)}</ul><p>${wrongWayOut}</p></div>
${passwordForm(words, page, email, undefined, false)}`
}

function passwordForm(
  words: Words,
  page: SignInPage,
  email: string,
  error: string | undefined,
  focus = error === undefined,
): Html {
  return html`<form method="post" action="/sign-in" novalidate>${page.hidden}
<div class="who"><p>${email}</p><a href="/sign-in${page.query}">${words.signIn.otherEmail}</a></div>
<input type="text" name="email" value="${email}" autocomplete="username" hidden>
${field(words, {
  name: 'password',
  label: words.signIn.password,
  type: 'password',
  autocomplete: 'current-password',
  focus,
  error,
})}
<button>${words.signIn.submit}</button></form>
${askForCode(words, page.hidden, email)}
<p class="below"><a href="/reset">${words.signIn.resetLink}</a></p>`
}
