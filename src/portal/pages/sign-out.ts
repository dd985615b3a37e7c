import { html } from 'hono/html'
import type { Html } from '../../http/layout.ts'
import type { Words } from '../words/en.ts'
import { buttonForm } from './parts.ts'

export function signOutContent(words: Words, action: string, hidden: Html): Html {
  return html`<h1>${words.signOut.title}</h1>
<p>${words.signOut.lead}</p>
${buttonForm(action, words.signOut.submit, { fields: hidden })}`
}

/** The join failed twice: no third try without the person, who is told what the cause may be. */
export function joinFailedContent(words: Words, startPath: string): Html {
  return html`<h1>${words.join.title}</h1>
<p>${words.join.lead}</p>
<ul>${words.join.causes.map(cause => html`<li>${cause}</li>`)}</ul>
<p><a class="button" href="${startPath}">${words.join.submit}</a></p>`
}
