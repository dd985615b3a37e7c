import { html } from 'hono/html'
import type { Html } from '../../http/layout.ts'
import type { Words } from '../words/en.ts'
import type { AccountPage, ShownRefusals, ShownSignIn } from './account-page.ts'
import { methodWords } from './account-page.ts'
import { ago } from './parts.ts'

/** The last sign-ins, and what was refused: whoever looks for a stranger finds them here. The newest few stand open, so that a phone stays calm. */
export function signInsPanel(words: Words, page: AccountPage): Html {
  const text = words.recent
  const { signIns } = page
  const earlier = signIns.slice(openMax)
  return html`<section class="panel" aria-labelledby="recent-title"><h2 id="recent-title">${text.title}</h2>
<p>${text.lead}</p>
${signIns.length === 0 ? html`<p class="soft">${text.none}</p>` : signInTable(words, page, signIns.slice(0, openMax))}
${
  earlier.length === 0
    ? ''
    : html`<details><summary>${text.earlier(earlier.length)}</summary>${signInTable(words, page, earlier)}</details>`
}
${page.refused.length === 0 ? '' : refusedTable(words, page)}</section>`
}

const openMax = 5

function signInTable(words: Words, page: AccountPage, signIns: readonly ShownSignIn[]): Html {
  const heads = [words.account.device, words.recent.when, words.recent.place, words.account.method]
  return html`<table><thead><tr>${heads.map(head => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${signIns.map(each => signInRow(words, page, each))}</tbody></table>`
}

function signInRow(words: Words, { now, language }: AccountPage, signIn: ShownSignIn): Html {
  const badge = signIn.isNew ? html` <span class="badge">${words.recent.newDevice}</span>` : ''
  return html`<tr><td data-label="${words.account.device}"><span>${signIn.device}${badge}</span></td>
<td data-label="${words.recent.when}">${ago(signIn.at, now, language)}</td>
<td data-label="${words.recent.place}">${whereabouts(signIn)}</td>
<td data-label="${words.account.method}">${methodWords(words, signIn.methods)}</td></tr>`
}

function refusedTable(words: Words, { now, language, refused }: AccountPage): Html {
  const text = words.recent
  const heads = [words.account.device, text.tries, text.place, text.last]
  const row = (each: ShownRefusals) => html`<tr><td data-label="${words.account.device}">${each.device}</td>
<td data-label="${text.tries}">${text.times(each.times)}</td>
<td data-label="${text.place}">${whereabouts(each)}</td>
<td data-label="${text.last}">${ago(each.lastAt, now, language)}</td></tr>`
  return html`<details><summary>${text.refusedTitle} (${refused.reduce((sum, each) => sum + each.times, 0)})</summary>
<p class="soft">${text.refusedLead}</p>
<table><thead><tr>${heads.map(head => html`<th scope="col">${head}</th>`)}</tr></thead><tbody>${refused.map(row)}</tbody></table></details>`
}

/** The place as people know it, and the address small below it. */
export function whereabouts({ place, address }: { readonly place: string; readonly address: string }): Html {
  return place === '' ? html`${address}` : html`<span>${place}<br><span class="soft">${address}</span></span>`
}
