import { html } from 'hono/html'
import type { Html } from '../../http/layout.ts'
import type { Words } from '../words/en.ts'
import { type AccountPage, methodWords, type ShownDevice, type ShownSession } from './account-page.ts'
import { whereabouts } from './account-sign-ins.ts'
import { ago, buttonForm, moment } from './parts.ts'

/** Own sessions: where somebody is signed in with this account, and how to end it. */
export function sessionsPanel(words: Words, page: AccountPage): Html {
  const text = words.account
  const others = page.sessions.filter(session => !session.isThis).length
  const heads = [text.device, text.address, text.method, text.signedIn, text.lastSeen, '']
  return html`<section class="panel" aria-labelledby="sessions-title"><h2 id="sessions-title">${text.sessions}</h2>
<p>${text.sessionsLead}</p>
<table><thead><tr>${heads.map(head => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${page.sessions.map(session => sessionRow(words, page, session))}</tbody></table>
${others === 0 ? html`<p class="soft">${text.noOthers}</p>` : buttonForm('/account/sessions/end-others', text.endOthers(others), { kind: 'quiet' })}</section>`
}

function sessionRow(words: Words, { now, language }: AccountPage, session: ShownSession): Html {
  const text = words.account
  const end = buttonForm('/account/sessions/end', text.end, {
    fields: html`<input type="hidden" name="session" value="${session.id}">`,
    kind: 'quiet small',
    name: text.endOf(session.device),
  })
  return html`<tr><td data-label="${text.device}">${session.device}</td>
<td data-label="${text.address}">${whereabouts(session)}</td>
<td data-label="${text.method}">${methodWords(words, session.methods)}</td>
<td data-label="${text.signedIn}">${ago(session.openedAt, now, language)}</td>
<td data-label="${text.lastSeen}">${ago(session.seenAt, now, language)}</td>
<td>${session.isThis ? html`<span class="badge">${text.thisSession}</span>` : end}</td></tr>`
}

/** Own devices: browsers that are known, so that only others cause a mail. */
export function devicesPanel(words: Words, page: AccountPage): Html {
  const text = words.account
  const heads = [text.device, text.address, text.firstSeen, text.lastSeen, '']
  const table = html`<table><thead><tr>${heads.map(head => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${page.devices.map(device => deviceRow(words, page, device))}</tbody></table>
<p class="soft">${text.forgetNote}</p>`
  return html`<section class="panel" aria-labelledby="devices-title"><h2 id="devices-title">${text.devices}</h2>
<p>${text.devicesLead}</p>
${page.devices.length === 0 ? html`<p class="soft">${text.noDevices}</p>` : table}</section>`
}

function deviceRow(words: Words, { now, language }: AccountPage, device: ShownDevice): Html {
  const text = words.account
  const forget = buttonForm('/account/devices/forget', text.forget, {
    fields: html`<input type="hidden" name="device" value="${device.id}">`,
    kind: 'quiet small',
    name: text.forgetOf(device.label),
  })
  const rename = html`<a class="button quiet small" href="/account/devices/rename?device=${encodeURIComponent(device.id)}" aria-label="${text.renameOf(device.label)}">${text.rename}</a>`
  return html`<tr><td data-label="${text.device}"><span>${device.label}${badgeOf(words, device)}</span></td>
<td data-label="${text.address}">${whereabouts(device)}</td>
<td data-label="${text.firstSeen}">${moment(device.firstSeenAt, language)}</td>
<td data-label="${text.lastSeen}">${ago(device.lastSeenAt, now, language)}</td>
<td><span class="row">${rename}${device.isReported ? '' : forget}</span></td></tr>`
}

function badgeOf({ account, recent }: Words, { isThis, isReported }: ShownDevice): Html {
  const badges = [...(isThis ? [account.thisDevice] : []), ...(isReported ? [recent.reported] : [])]
  return html`${badges.map(badge => html` <span class="badge">${badge}</span>`)}`
}
