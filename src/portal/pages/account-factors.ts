import { html } from 'hono/html'
import type { Html } from '../../http/layout.ts'
import type { Factor } from '../../people/account.ts'
import { isActive } from '../../people/directory.ts'
import type { Words } from '../words/en.ts'
import type { AccountPage } from './account-page.ts'
import { buttonForm, moment } from './parts.ts'

/** Second factors: what is switched on, what a forced reset has set aside, and the way to each. */
export function factorsPanel(words: Words, page: AccountPage): Html {
  const text = words.account
  const { factors } = page.account
  const heads = [words.factorWays.kind, text.factorAddedAt, '']
  const table = html`<table><thead><tr>${heads.map(head => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${factors.map(factor => factorRow(words, page, factor))}</tbody></table>`
  const counts = factors.some(isActive)
  return html`<section class="panel" aria-labelledby="factors-title"><h2 id="factors-title">${text.factors}</h2>
<p>${page.phonesOffered ? words.factorWays.leadPhones : words.factorWays.lead}</p>
${counts ? '' : html`<p>${text.factorsNone}</p>`}
${factors.length === 0 ? '' : table}
${ways(words, page, counts)}</section>`
}

/** The safer ones first. What stands in for a factor is offered where there is one. */
function ways(words: Words, { phonesOffered }: AccountPage, counts: boolean): Html {
  const text = words.factorWays
  const link = (href: string, label: string) => html`<a class="button quiet small" href="${href}">${label}</a>`
  const real = [
    link('/account/factors/add', text.addApp),
    link('/account/passkeys/add', text.addPasskey),
    ...(phonesOffered ? [link('/account/phones/add', text.addPhone)] : []),
  ]
  const standIns = [
    link('/account/backup-codes', text.backup),
    ...(phonesOffered ? [link('/account/phones/add?spare=1', text.addSpare)] : []),
  ]
  return html`<div class="row"><span>${text.add}:</span>${real}</div>
${counts ? html`<div class="row below"><span>${text.manage}:</span>${standIns}</div>` : ''}`
}

/** What it is, and the name its owner gave it. */
export function factorName({ factorNames }: Words, { kind, spare, label }: Factor): string {
  const name = factorNames[spare ? 'spare_phone' : kind]
  return label === '' ? name : `${name} (${label})`
}

function factorRow(words: Words, { language }: AccountPage, factor: Factor): Html {
  const text = words.account
  const name = factorName(words, factor)
  const restore = buttonForm('/account/factors/restore', text.restore, {
    fields: html`<input type="hidden" name="factor" value="${factor.id}">`,
    kind: 'quiet small',
    name: text.restoreOf(name),
  })
  const remove = html`<a class="button quiet small" href="/account/factors/remove?factor=${encodeURIComponent(factor.id)}" aria-label="${text.removeOf(name)}">${text.remove}</a>`
  const aside =
    factor.setAsideAt === null
      ? ''
      : html` <span class="badge">${text.factorSetAside}</span><br><span class="soft">${text.factorSetAsideLead}</span>`
  return html`<tr><td data-label="${words.factorWays.kind}"><span>${name}${aside}</span></td>
<td data-label="${text.factorAddedAt}">${moment(factor.addedAt, language)}</td>
<td><span class="row">${factor.setAsideAt === null ? '' : restore}${remove}</span></td></tr>`
}
