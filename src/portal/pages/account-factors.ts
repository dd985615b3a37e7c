import { html } from 'hono/html'
import type { Html } from '../../http/layout.ts'
import type { Factor } from '../../people/account.ts'
import type { Words } from '../words/en.ts'
import type { AccountPage } from './account-page.ts'
import { buttonForm, moment } from './parts.ts'

/** Second factors: what is switched on, what a forced reset has set aside, and the way to each. */
export function factorsPanel(words: Words, page: AccountPage): Html {
  const text = words.account
  const { factors } = page.account
  const heads = [text.device, text.factorAddedAt, '']
  const table = html`<table><thead><tr>${heads.map(head => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${factors.map(factor => factorRow(words, page, factor))}</tbody></table>`
  const counts = factors.some(factor => factor.setAsideAt === null)
  return html`<section class="panel" aria-labelledby="factors-title"><h2 id="factors-title">${text.factors}</h2>
<p>${text.factorsLead}</p>
${counts ? '' : html`<p>${text.factorsNone}</p>`}
${factors.length === 0 ? '' : table}
<p><a class="button quiet" href="/account/factors/add">${counts ? text.addAnotherFactor : text.addFactor}</a></p></section>`
}

function factorRow(words: Words, { language }: AccountPage, factor: Factor): Html {
  const text = words.account
  const restore = buttonForm('/account/factors/restore', text.restore, {
    fields: html`<input type="hidden" name="factor" value="${factor.id}">`,
    kind: 'quiet small',
    name: text.restoreOf(factor.label),
  })
  const remove = html`<a class="button quiet small" href="/account/factors/remove?factor=${encodeURIComponent(factor.id)}" aria-label="${text.removeOf(factor.label)}">${text.remove}</a>`
  const aside =
    factor.setAsideAt === null
      ? ''
      : html` <span class="badge">${text.factorSetAside}</span><br><span class="soft">${text.factorSetAsideLead}</span>`
  return html`<tr><td data-label="${text.device}"><span>${factor.label}${aside}</span></td>
<td data-label="${text.factorAddedAt}">${moment(factor.addedAt, language)}</td>
<td><span class="row">${factor.setAsideAt === null ? '' : restore}${remove}</span></td></tr>`
}
