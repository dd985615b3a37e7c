import { html } from 'hono/html'
import type { Html } from '../../http/layout.ts'
import type { Words } from '../words/en.ts'
import { field, problems } from './parts.ts'

export interface PasskeyForm {
  readonly action: string
  readonly hidden: Html
  /** On the button. */
  readonly label: string
  readonly kind: '' | 'quiet'
}

/** A button that only the script can make work: hidden until it does, and what is missing is said instead. */
export function passkeyWay({ passkeys: text }: Words, purpose: string, form: PasskeyForm): Html {
  return html`<div class="below" data-passkey="${purpose}">
<form method="post" action="${form.action}" hidden>${form.hidden}<input type="hidden" name="credential">
<button${form.kind === '' ? '' : html` class="${form.kind}"`}>${form.label}</button></form>
<p class="error" role="alert" hidden data-passkey-says data-cancelled="${text.cancelled}" data-present="${text.present}" data-failed="${text.failed}"></p>
<p class="soft" hidden data-passkey-missing>${text.missing}</p>
<noscript><p class="soft">${text.withoutScript}</p></noscript></div>`
}

export function labelField(words: Words, label: string): Html {
  return field(words, {
    name: 'label',
    label: words.passkeys.label,
    hint: words.passkeys.labelHint,
    type: 'text',
    autocomplete: 'off',
    value: label,
    lengthMax: 60,
  })
}

export interface AddPasskeyPage {
  readonly way: Html
  readonly query: string
  readonly error: string | undefined
}

export function addPasskeyContent(words: Words, { way, query, error }: AddPasskeyPage): Html {
  const text = words.passkeys
  return html`<h1>${text.addTitle}</h1>
${error === undefined ? '' : problems(words, [{ text: error }])}
<p>${text.addLead}</p>${way}
<p class="below"><a href="/account/factors/add${query}">${text.appInstead}</a></p>
<p><a href="/account">${words.common.cancel}</a></p>`
}

export interface PasskeyRefusedPage {
  readonly title: string
  readonly query: string
  readonly passkey: Html
}

/** One page for every cause, as for a wrong password. */
export function passkeyRefusedContent(words: Words, page: PasskeyRefusedPage): Html {
  const { refused, refusedCauses, refusedWayOut, otherWay } = words.passkeys
  return html`<h1>${page.title}</h1>
<div class="errors" role="alert" tabindex="-1" autofocus data-takes-focus><h2>${refused}</h2>
<p>${words.signIn.wrongLead}</p><ul>${refusedCauses.map(cause => html`<li>${cause}</li>`)}</ul><p>${refusedWayOut}</p></div>
<p><a class="button" href="/sign-in${page.query}">${otherWay}</a></p>
${page.passkey}
<p class="below"><a href="/reset">${words.signIn.resetLink}</a></p>`
}
