import { html } from 'hono/html'
import type { Html } from '../../http/layout.ts'
import type { Words } from '../words/en.ts'
import { buttonForm, field, problems } from './parts.ts'
import { rulesList } from './reset.ts'

// The account's small pages: one change each.

export interface ChangePasswordPage {
  readonly email: string
  readonly lengthMin: number
  readonly otherSessions: number
  readonly currentError: string | undefined
  readonly nextErrors: readonly string[]
  readonly meter: Html
}

export function changePasswordContent(words: Words, page: ChangePasswordPage): Html {
  const text = words.account
  const current = page.currentError === undefined ? [] : [{ text: page.currentError, field: 'current' }]
  const next = page.nextErrors.map(each => ({ text: each, field: 'next' }))
  return html`<h1>${text.changePassword}</h1>
${problems(words, [...current, ...next])}
<form method="post" action="/account/password" novalidate>
<input type="text" name="email" value="${page.email}" autocomplete="username" hidden>
${field(words, {
  name: 'current',
  label: text.currentPassword,
  type: 'password',
  autocomplete: 'current-password',
  focus: true,
  error: page.currentError,
})}
${field(words, { name: 'next', label: text.newPassword, type: 'password', autocomplete: 'new-password', error: page.nextErrors[0] })}
${page.meter}${rulesList(words, page.lengthMin)}
<p>${text.passwordEnds(page.otherSessions)}</p>
<button>${text.savePassword}</button></form>
${cancel(words)}`
}

export interface RenamePage {
  readonly id: string
  readonly label: string
}

export function renameContent(words: Words, device: RenamePage): Html {
  return html`<h1>${words.account.renameOf(device.label)}</h1>
<form method="post" action="/account/devices/rename" novalidate><input type="hidden" name="device" value="${device.id}">
${field(words, {
  name: 'label',
  label: words.account.deviceName,
  hint: words.account.deviceNameHint,
  type: 'text',
  autocomplete: 'off',
  value: device.label,
  lengthMax: 60,
  focus: true,
})}
<button>${words.account.rename}</button></form>
${cancel(words)}`
}

export function removeFactorContent(words: Words, factor: RenamePage & { readonly lead: string }): Html {
  return html`<h1>${words.account.removeTitle(factor.label)}</h1>
<p>${factor.lead}</p>
${buttonForm('/account/factors/remove', words.account.remove, {
  fields: html`<input type="hidden" name="factor" value="${factor.id}">`,
})}
${cancel(words)}`
}

export function cancel(words: Words): Html {
  return html`<p class="below"><a href="/account">${words.common.cancel}</a></p>`
}
