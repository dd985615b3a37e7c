import { html } from 'hono/html'
import type { Html } from '../../http/layout.ts'
import { placeText } from '../../people/place.ts'
import type { ReportSeen } from '../../people/reports.ts'
import type { Undoable } from '../../people/session-change.ts'
import type { Visit } from '../visit.ts'
import type { Words } from '../words/en.ts'
import { moment } from './parts.ts'

/** What happened, what the button will do, counted, and the button. Nothing on this page acts by itself. */
export function reportContent({ words, language }: Visit, seen: ReportSeen, reference: string): Html {
  const text = words.report
  const isEmail = seen.link.purpose === 'email_undo'
  const facts = isEmail ? addressFacts(words, language, seen) : signInFacts(words, language, seen)
  return html`<h1>${isEmail ? text.emailTitle : text.title}</h1>
<p>${isEmail ? text.emailLead : text.lead}</p>
<dl>${facts.map(([label, value]) => html`<dt>${label}</dt><dd>${value}</dd>`)}</dl>
<p>${text.what}</p>
<ul>${effectsOf(words, seen).map(line => html`<li>${line}</li>`)}</ul>
${isEmail || seen.changes.length > 0 || seen.link.sessionId === null ? '' : html`<p>${text.putsBackNothing}</p>`}
<form method="post" action="/not-me"><input type="hidden" name="link" value="${reference}">
<button>${isEmail ? text.emailSubmit : text.submit}</button></form>
<p class="below soft">${seen.isLocal ? text.undone : text.undoneSso}</p>`
}

type Fact = readonly [label: string, value: string | Html]

function signInFacts({ report: text }: Words, language: Visit['language'], { signIn }: ReportSeen): readonly Fact[] {
  const place = placeText(signIn.place, language)
  return [
    [text.when, moment(signIn.openedAt, language)],
    [text.device, signIn.device],
    ...(place === '' ? [] : [[text.place, place] as const]),
    ...(signIn.address === '-' ? [] : [[text.address, signIn.address] as const]),
  ]
}

function addressFacts({ report: text }: Words, language: Visit['language'], seen: ReportSeen): readonly Fact[] {
  const { account, link } = seen
  return [
    [text.changedAt, moment(link.issuedAt, language)],
    [text.presentEmail, account.email],
    [text.formerEmail, account.formerEmail?.email ?? '-'],
  ]
}

function effectsOf({ report: text }: Words, seen: ReportSeen): readonly string[] {
  const { link, account, isLocal, sessionsEnding, changes } = seen
  const tells = account.organizationId === null ? [] : [text.tells]
  if (link.purpose === 'email_undo')
    return [
      text.putsBackEmail(account.formerEmail?.email ?? '-'),
      text.endsAll(sessionsEnding),
      isLocal ? text.resets : text.sso,
      ...tells,
    ]
  const back = changes.length === 0 ? [] : [text.putsBack(kindsOf(changes, text.kinds))]
  const ends = isLocal ? text.ends(sessionsEnding) : text.endsAll(sessionsEnding)
  return [ends, ...back, isLocal ? text.resets : text.sso, text.marks, ...tells]
}

function kindsOf(changes: readonly Undoable[], kinds: Words['report']['kinds']): string {
  const counts = Map.groupBy(changes, ({ kind }) => kind)
  return [...counts]
    .map(([kind, all]) => (all.length === 1 ? kinds[kind] : `${kinds[kind]} (${all.length})`))
    .join(', ')
}

export interface DonePage {
  readonly lines: readonly string[]
  /** The way to another link, where one may be needed. */
  readonly resets: boolean
}

export function reportDoneContent(words: Words, { lines, resets }: DonePage): Html {
  return html`<h1>${words.report.doneTitle}</h1>
${lines.map((line, i) => html`<p${i === 0 ? html` role="status"` : ''}>${line}</p>`)}
${resets ? html`<p class="below"><a href="/reset">${words.report.goneThen}</a></p>` : ''}`
}

export function reportGoneContent(words: Words): Html {
  return html`<h1>${words.report.goneTitle}</h1>
<p>${words.report.gone}</p>
<p><a class="button" href="/reset">${words.report.goneThen}</a></p>`
}
