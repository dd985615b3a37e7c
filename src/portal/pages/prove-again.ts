import { html } from 'hono/html'
import type { Html } from '../../http/layout.ts'
import type { FactorWays } from '../../people/factor-ways.ts'
import type { Words } from '../words/en.ts'
import { buttonForm, field, note, problems } from './parts.ts'
import { codeField } from './second-factor.ts'

export interface ProvePage {
  readonly hidden: Html
  /** `code`: whatever second factor the account has; `password` only where it has none. */
  readonly by: 'code' | 'password'
  readonly ways: FactorWays
  /** The button for a passkey, where the account has one. */
  readonly passkey: Html
  readonly email: string
  readonly sent: boolean
  readonly error: string | undefined
}

/** For somebody who is signed in: one fresh proof, by what the account has. */
export function proveContent(words: Words, page: ProvePage): Html {
  const { by, email, error, sent } = page
  const name = by === 'code' ? 'code' : 'password'
  return html`<h1>${words.prove.title}</h1>
${note(sent ? words.code.sent : null)}
<p>${words.prove.lead} ${by === 'password' ? words.prove.leadPassword : leadOf(words, page.ways)}</p>
${error === undefined ? '' : problems(words, [{ text: error, field: name }])}
<div class="who"><p>${email}</p></div>
${by === 'code' ? byCode(words, page) : byPassword(words, page)}
<p class="below"><a href="/account">${words.common.cancel}</a></p>`
}

function leadOf({ code }: Words, { app, phones, passkey }: FactorWays): string {
  if (app) return phones.length > 0 ? code.leadBoth : code.leadApp
  if (phones.length > 0) return code.leadPhone
  return passkey ? code.leadPasskey : ''
}

function byCode(words: Words, page: ProvePage): Html {
  const { ways, hidden, error } = page
  const typed = ways.app || ways.phones.length > 0
  const form = html`<form method="post" action="/prove-again" novalidate>${hidden}
${codeField(words, words.code.label, error)}
<button>${words.prove.submit}</button></form>`
  return html`${page.passkey}${typed ? form : ''}
${ways.phones.map(({ id, masked }) => sendForm(page, words.code.sendTo(masked), id))}
${ways.backupCodes || ways.sparePhones.length > 0 ? otherWays(words, page) : ''}`
}

function otherWays(words: Words, page: ProvePage): Html {
  const { stuck } = words
  const backup = html`<form method="post" action="/prove-again" novalidate>${page.hidden}
<div class="field"><label for="backup">${stuck.backupLabel}</label><input id="backup" name="code" type="text" autocapitalize="characters" spellcheck="false" class="code" autocomplete="off" maxlength="32" required></div>
<button class="quiet">${words.prove.submit}</button></form>`
  return html`<details class="below"><summary>${words.code.stuck}</summary>
${page.ways.backupCodes ? html`<p>${stuck.backupLead}</p>${backup}` : ''}
${page.ways.sparePhones.map(({ id, masked }) => sendForm(page, stuck.spareSendTo(masked), id))}</details>`
}

function sendForm({ hidden }: ProvePage, label: string, to: string): Html {
  const fields = html`${hidden}<input type="hidden" name="answer" value="send_code"><input type="hidden" name="to" value="${to}">`
  return html`<div class="below">${buttonForm('/prove-again', label, { fields, kind: 'plain' })}</div>`
}

function byPassword(words: Words, { hidden, email, error }: ProvePage): Html {
  return html`<form method="post" action="/prove-again" novalidate>${hidden}
<input type="text" name="email" value="${email}" autocomplete="username" hidden>
${field(words, {
  name: 'password',
  label: words.signIn.password,
  type: 'password',
  autocomplete: 'current-password',
  focus: true,
  error,
})}
<button>${words.prove.submit}</button></form>`
}
