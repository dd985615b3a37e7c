import { html } from 'hono/html'
import type { Html } from '../../http/layout.ts'
import type { TotpSecret } from '../../people/second-factors.ts'
import type { Words } from '../words/en.ts'
import { buttonForm, field, problems } from './parts.ts'
import { qrPicture } from './qr.ts'

// The pages for what an attempt still lacks. Each names the attempt it was shown for, so that two tabs cannot be mixed up.

export function codeField(words: Words, label: string, error: string | undefined): Html {
  return field(words, {
    name: 'code',
    label,
    type: 'code',
    autocomplete: 'one-time-code',
    lengthMax: 16,
    focus: true,
    error,
  })
}

/** For those who sign in and those who are signed in already. Without a secret: the app holds it, only the code was wrong. */
export function enrolContent(words: Words, form: EnrolForm, totp: TotpSecret | null, error: string | undefined): Html {
  return html`<h1>${words.enrol.title}</h1>
<p>${form.lead}</p>
${error === undefined ? '' : problems(words, [{ text: error, field: 'code' }])}
${totp === null ? '' : secretOf(words, totp)}
<form method="post" action="${form.action}" novalidate>${form.hidden}
${field(words, {
  name: 'label',
  label: words.enrol.label,
  hint: words.enrol.labelHint,
  type: 'text',
  autocomplete: 'off',
  value: form.label,
  lengthMax: 60,
})}
${codeField(words, words.enrol.code, error)}
<button>${words.enrol.submit}</button></form>`
}

function secretOf(words: Words, { uri, secret }: TotpSecret): Html {
  return html`<p>${words.enrol.scan}</p>
${qrPicture(uri, words.enrol.scanAlt)}
<details><summary>${words.enrol.typeIn}</summary><p class="secret">${secret.replace(/(.{4})(?=.)/g, '$1 ')}</p></details>`
}

export interface EnrolForm {
  readonly action: string
  readonly hidden: Html
  readonly lead: string
  readonly label: string
}

/** Shown when a second factor has come to be demanded while this attempt was under way: a GET starts nothing. */
export function enrolBeginContent(words: Words, hidden: Html): Html {
  return html`<h1>${words.enrol.title}</h1><p>${words.enrol.lead}</p>
${buttonForm('/second-factor', words.enrol.begin, { fields: html`${hidden}<input type="hidden" name="answer" value="proceed">` })}`
}

export interface DevicePage {
  readonly label: string
  readonly address: string
  readonly asked: boolean
}

export function deviceContent(words: Words, hidden: Html, device: DevicePage): Html {
  return html`<h1>${words.device.title}</h1>
${device.asked ? problems(words, [{ text: words.device.notYet }]) : ''}
<p>${words.device.lead}</p>
<dl><dt>${words.device.device}</dt><dd>${device.label}</dd><dt>${words.device.address}</dt><dd>${device.address}</dd></dl>
<p>${words.device.afterwards}</p>
${buttonForm('/second-factor', words.device.check, { fields: html`${hidden}<input type="hidden" name="answer" value="proceed">` })}`
}

/** Everything is proved; what is left is the person's own click, because a GET opens no session. */
export function proceedContent(words: Words, hidden: Html): Html {
  return html`<h1>${words.signIn.title}</h1>
${buttonForm('/second-factor', words.common.proceed, { fields: html`${hidden}<input type="hidden" name="answer" value="proceed">` })}`
}
