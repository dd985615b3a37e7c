import { html } from 'hono/html'
import type { Html } from '../../http/layout.ts'
import type { FactorWays } from '../../people/factor-ways.ts'
import type { Words } from '../words/en.ts'
import { buttonForm, field, note, problems } from './parts.ts'
import { codeField } from './second-factor.ts'

// The pages that ask for a code of an account that is known to be the person's: the password was right, and nothing looks like an
// attack. Where it does, pages/confirm.ts is shown instead.

export interface CodePage {
  /** The journey and the attempt. */
  readonly hidden: Html
  readonly query: string
  readonly error: string | undefined
  /** A code was sent a moment ago. */
  readonly sent: boolean
  readonly ways: FactorWays
  /** The button for a passkey, where the account has one. */
  readonly passkey: Html
}

export function codeContent(words: Words, page: CodePage): Html {
  const { ways } = page
  const typed = ways.app || ways.phones.length > 0 || !ways.passkey
  return html`<h1>${typed ? words.code.title : words.prove.title}</h1>
${head(words, page, leadOf(words, ways))}
${page.passkey}
${typed ? codeForm(words, page, words.code.label) : ''}
${ways.phones.map(phone => sendForm(page, words.code.sendTo(phone.masked), phone.id))}
<p class="below"><a href="/second-factor/help${page.query}">${words.code.stuck}</a></p>
<p><a href="/sign-in">${words.code.startOver}</a></p>`
}

export function emailCodeContent(words: Words, page: CodePage, email: string): Html {
  return html`<h1>${words.emailCode.title}</h1>
${head(words, page, words.emailCode.lead(email))}
<p class="soft">${words.emailCode.why}</p>
${codeForm(words, page, words.emailCode.label)}
${sendForm(page, words.emailCode.again, 'email')}
<p class="below"><a href="/second-factor/help${page.query}">${words.code.stuck}</a></p>`
}

function head(words: Words, { sent, error }: CodePage, lead: string): Html {
  return html`${note(sent ? words.code.sent : null)}<p>${lead}</p>
${error === undefined ? '' : problems(words, [{ text: error, field: 'code' }])}`
}

function leadOf({ code }: Words, { app, phones, passkey }: FactorWays): string {
  if (app) return phones.length > 0 ? code.leadBoth : code.leadApp
  if (phones.length > 0) return code.leadPhone
  return passkey ? code.leadPasskey : code.leadApp
}

function codeForm(words: Words, { hidden, error }: CodePage, label: string): Html {
  return html`<form method="post" action="/second-factor" novalidate>${hidden}<input type="hidden" name="answer" value="code">
${codeField(words, label, error)}
<button>${words.code.submit}</button></form>`
}

function sendForm({ hidden }: CodePage, label: string, to: string): Html {
  const fields = html`${hidden}<input type="hidden" name="answer" value="send_code"><input type="hidden" name="to" value="${to}">`
  return html`<div class="below">${buttonForm('/second-factor', label, { fields, kind: 'plain' })}</div>`
}

/** "I cannot get a code", with what this account has. */
export function stuckContent(words: Words, page: CodePage): Html {
  const { ways, hidden, error } = page
  const spare = ways.sparePhones.map(phone => sendForm(page, words.stuck.spareSendTo(phone.masked), phone.id))
  return stuckParts(words, {
    error,
    query: page.query,
    backup: ways.backupCodes ? backupForm(words, hidden, error) : null,
    spare: spare.length === 0 ? null : html`${spare}`,
  })
}

export interface StuckParts {
  readonly error: string | undefined
  readonly query: string
  readonly backup: Html | null
  readonly spare: Html | null
}

export function stuckParts(words: Words, { error, query, backup, spare }: StuckParts): Html {
  const { stuck } = words
  return html`<h1>${stuck.title}</h1>
${error === undefined ? '' : problems(words, [{ text: error, field: 'code' }])}
<p>${stuck.lead}</p>
${backup === null ? '' : html`<h2>${stuck.backupTitle}</h2><p>${stuck.backupLead}</p>${backup}`}
${spare === null ? '' : html`<h2 class="below">${stuck.spareTitle}</h2><p>${stuck.spareLead}</p>${spare}`}
<h2 class="below">${stuck.askTitle}</h2><p>${stuck.ask}</p><p class="soft">${stuck.mailLead}</p>
<p class="below"><a href="/second-factor${query}">${stuck.back}</a></p>`
}

/** `from`: a wrong one is said on the page it was typed on. */
export function backupForm(words: Words, hidden: Html, error: string | undefined): Html {
  return html`<form method="post" action="/second-factor" novalidate>${hidden}<input type="hidden" name="answer" value="code"><input type="hidden" name="from" value="help">
${field(words, {
  name: 'code',
  label: words.stuck.backupLabel,
  type: 'any-code',
  autocomplete: 'off',
  lengthMax: 32,
  error,
})}
<button>${words.code.submit}</button></form>`
}
