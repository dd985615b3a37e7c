import { html } from 'hono/html'
import type { Html } from '../../http/layout.ts'
import type { Words } from '../words/en.ts'
import { buttonForm, note } from './parts.ts'

export interface BackupPage {
  readonly hidden: Html
  /** Null: there is no set. */
  readonly left: number | null
  readonly said: string | null
  /** Where the person was going. */
  readonly onward: string
}

export function backupContent(words: Words, { hidden, left, said, onward }: BackupPage): Html {
  const { backup: text } = words
  return html`<h1>${text.title}</h1>${note(said)}
<p>${text.lead}</p>
<p>${left === null ? text.none : html`${text.left(left)} ${text.voids}`}</p>
${buttonForm('/account/backup-codes', left === null ? text.make : text.makeNew, { fields: hidden })}
<p class="below"><a href="${onward}">${text.later}</a></p>`
}

export interface MadePage {
  readonly codes: readonly string[]
  readonly product: string
  readonly email: string
  readonly onward: string
}

/** Shown this once. On paper stand the codes and what they are for, and nothing else of the page. */
export function madeContent(words: Words, { codes, product, email, onward }: MadePage): Html {
  const { backup: text } = words
  return html`<h1>${text.madeTitle}</h1>
<p>${text.madeFor(product, email)}</p>
<ol class="codes">${codes.map(code => html`<li><code>${code}</code></li>`)}</ol>
<p>${text.madeLead}</p>
<p><button type="button" class="quiet" hidden data-prints>${text.print}</button></p>
<p><a class="button" href="${onward}">${text.done}</a></p>`
}

export function impossibleContent(words: Words): Html {
  return html`<h1>${words.backup.title}</h1><p>${words.backup.impossible}</p>
<p><a class="button" href="/account/factors/add">${words.account.addFactor}</a></p>
<p class="below"><a href="/account">${words.common.cancel}</a></p>`
}
