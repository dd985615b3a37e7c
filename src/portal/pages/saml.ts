import { html } from 'hono/html'
import type { Html } from '../../http/layout.ts'
import type { OutgoingMessage } from '../../sso/outgoing-signature.ts'
import type { Words } from '../words/en.ts'
import { receiptLine } from './parts.ts'

export interface ContinuePage {
  readonly organization: string
  /** The host that the person continues to. */
  readonly destination: string | null
  /** Addresses of ours. */
  readonly start: string
  readonly otherWay: string
}

/** On the way to the organization's provider; the page goes on by itself. The other way is shown to everybody: nobody can tell who has one. */
export function continueContent(words: Words, page: ContinuePage): Html {
  return html`<h1>${words.sso.continueTitle}</h1>
${page.destination === null ? '' : html`<p class="soft">${words.signIn.onTheWayTo(page.destination)}</p>`}
<p>${words.sso.continueLead(page.organization)}</p>
<p><a class="button" href="${page.start}" autofocus>${words.sso.proceed}</a></p>
<p class="below"><a href="${page.otherWay}">${words.sso.otherWay}</a></p>`
}

/** A message that travels as a form. A script of ours posts it; without one the button does. */
export function postContent(words: Words, message: PostedMessage, script: string): Html {
  return html`<h1>${words.sso.continueTitle}</h1>
<p>${words.sso.postLead}</p>
${postingForm(message, words.sso.proceed, script)}`
}

/** On the way from the provider to us, once more: now it is a page of ours that posts. */
export function broughtContent(words: Words, location: string, fields: PostedMessage['fields'], script: string): Html {
  return html`<h1>${words.sso.broughtTitle}</h1>
<p>${words.sso.broughtLead}</p>
${postingForm({ location, fields }, words.sso.proceed, script)}`
}

export type PostedMessage = Extract<OutgoingMessage, { kind: 'post' }>

export function postingForm(
  { location, fields }: Pick<PostedMessage, 'location' | 'fields'>,
  proceed: string,
  script: string,
): Html {
  const hidden = Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )
  return html`<form method="post" action="${location}" data-posts-itself>${hidden}<button autofocus>${proceed}</button></form>
<script src="${script}" defer></script>`
}

/** The one page of every refused answer: it names what may be, and does not tell which. */
export function samlRefusedContent(words: Words, receipt: string): Html {
  const { refusedTitle, refusedLead, refusedCauses, refusedWayOut, again } = words.sso
  return html`<h1>${refusedTitle}</h1>
<p>${refusedLead} ${words.signIn.wrongLead}</p>
<ul>${refusedCauses.map(cause => html`<li>${cause}</li>`)}</ul>
<p>${refusedWayOut}</p>
<p><a href="/sign-in">${again}</a></p>
${receiptLine(words, receipt)}`
}

/** A route wants a second factor, and no kind of sign-in at the provider counts as one: going there would lead back here without end. */
export function noContextContent(words: Words, receipt: string): Html {
  return html`<h1>${words.sso.noContextTitle}</h1>
<p>${words.sso.noContextLead}</p>
<p><a href="/">${words.sso.startPage}</a></p>
${receiptLine(words, receipt)}`
}
