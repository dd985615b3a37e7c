import { html } from 'hono/html'
import type { Html } from '../../http/layout.ts'
import type { Words } from '../words/en.ts'
import { cancel } from './account-forms.ts'
import { field, problems } from './parts.ts'
import { codeField } from './second-factor.ts'

export interface PhonePage {
  readonly hidden: Html
  readonly query: string
  readonly spare: boolean
  readonly example: string
  readonly number: string
  readonly error: string | undefined
}

/** The number. What is safer stands before it (SP 800-63B-4 §3.2.9: a restricted authenticator is offered with its risk said). */
export function phoneContent(words: Words, page: PhonePage): Html {
  const { phones: text } = words
  const { error, spare } = page
  return html`<h1>${spare ? text.spareTitle : text.title}</h1>
${error === undefined ? '' : problems(words, [{ text: error, field: 'number' }])}
<p>${spare ? text.spareLead : text.lead}</p>
<p class="note">${text.risk}${spare ? '' : html` <a href="/account/factors/add${page.query}">${text.safer}</a>`}</p>
<form method="post" action="/account/phones/add" novalidate>${page.hidden}${spare ? html`<input type="hidden" name="spare" value="1">` : ''}
${numberField(words, page)}
<button>${text.send}</button></form>
${cancel(words)}`
}

function numberField(words: Words, page: Pick<PhonePage, 'example' | 'number' | 'error'>): Html {
  const { phones: text } = words
  return field(words, {
    name: 'number',
    label: text.number,
    hint: text.numberHint(page.example),
    type: 'phone',
    autocomplete: 'tel',
    value: page.number,
    lengthMax: 32,
    focus: true,
    error: page.error,
  })
}

export interface PhoneCheckPage {
  readonly hidden: Html
  readonly masked: string
  readonly spare: boolean
  readonly error: string | undefined
}

export function phoneCheckContent(words: Words, { hidden, masked, spare, error }: PhoneCheckPage): Html {
  const { phones: text } = words
  return html`<h1>${text.checkTitle}</h1>
${error === undefined ? '' : problems(words, [{ text: error, field: 'code' }])}
<p>${text.checkLead(masked)}</p>
<form method="post" action="/account/phones/confirm" novalidate>${hidden}
${codeField(words, text.code, error)}
<button>${text.submit}</button></form>
<p class="below"><a href="/account/phones/add${spare ? '?spare=1' : ''}">${text.another}</a></p>
${cancel(words)}`
}

/** On the page that demands a factor: the last way, with its risk said before it is taken. */
export function enrolPhoneOffer({ phones: text }: Words, query: string): Html {
  return html`<div class="below"><p class="soft">${text.risk}</p>
<p><a href="/second-factor${withSaid(query, 'phone')}">${text.enrolOffer}</a></p></div>`
}

export function enrolPhoneContent(words: Words, page: Omit<PhonePage, 'spare'>): Html {
  const { phones: text } = words
  const { error, query } = page
  return html`<h1>${text.title}</h1>
${error === undefined ? '' : problems(words, [{ text: error, field: 'number' }])}
<p>${text.enrolLead}</p>
<p class="note">${text.risk}</p>
<form method="post" action="/second-factor" novalidate>${page.hidden}<input type="hidden" name="answer" value="phone">
${numberField(words, page)}
<button>${text.send}</button></form>
<p class="below"><a href="/second-factor${withSaid(query, 'other')}">${text.enrolOther}</a></p>`
}

export interface EnrolPhoneCheckPage extends Omit<PhoneCheckPage, 'spare'> {
  readonly query: string
}

export function enrolPhoneCheckContent(words: Words, { hidden, query, masked, error }: EnrolPhoneCheckPage): Html {
  const { phones: text } = words
  return html`<h1>${text.checkTitle}</h1>
${error === undefined ? '' : problems(words, [{ text: error, field: 'code' }])}
<p>${text.checkLead(masked)}</p>
<form method="post" action="/second-factor" novalidate>${hidden}<input type="hidden" name="answer" value="phone_enrolment">
${codeField(words, text.code, error)}
<button>${text.submit}</button></form>
<p class="below"><a href="/second-factor${withSaid(query, 'phone')}">${text.another}</a></p>
<p><a href="/second-factor${withSaid(query, 'other')}">${text.enrolOther}</a></p>`
}

function withSaid(query: string, said: 'phone' | 'other'): string {
  return `${query}${query === '' ? '?' : '&'}said=${said}`
}
