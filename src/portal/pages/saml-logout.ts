import { html } from 'hono/html'
import type { Html } from '../../http/layout.ts'
import type { OutgoingMessage } from '../../sso/outgoing-signature.ts'
import type { Words } from '../words/en.ts'
import { receiptLine } from './parts.ts'
import { postingForm } from './saml.ts'

/** The session has ended; on the way to the provider. The page goes on by itself: by `leadsTo`, or by our script that posts the form. */
export function leavingContent({ ssoLogout: words }: Words, message: OutgoingMessage, script: string): Html {
  return html`<h1>${words.leavingTitle}</h1>
<p>${words.leavingLead}</p>
${
  message.kind === 'redirect'
    ? html`<p><a class="button" href="${message.url}" rel="noreferrer" autofocus>${words.proceed}</a></p>`
    : postingForm(message, words.proceed, script)
}`
}

/** The one page of every logout message that was refused. */
export function logoutRefusedContent(words: Words, receipt: string): Html {
  const { refusedTitle, refusedLead, refusedWayOut, signOut } = words.ssoLogout
  return html`<h1>${refusedTitle}</h1>
<p>${refusedLead}</p>
<p>${refusedWayOut}</p>
<p><a href="/sign-out">${signOut}</a></p>
${receiptLine(words, receipt)}`
}
