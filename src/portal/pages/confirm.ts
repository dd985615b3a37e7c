import { html } from 'hono/html'
import type { Html } from '../../http/layout.ts'
import type { Words } from '../words/en.ts'
import { backupForm, stuckParts } from './code.ts'
import { buttonForm, field, note, problems } from './parts.ts'

// The pages of the suspicious lane. Whoever tries passwords that leaked elsewhere sees them for right and wrong ones alike, and also for
// names that nobody has: they must not differ by one byte. So nothing about an account may come into these functions, neither what it
// has nor whether it is there; what they are given comes from the words, the journey and the attempt's own id.

export interface ConfirmMore {
  /** "Send me a code" was pressed a moment ago; whether one was sent is not told. */
  readonly sent?: boolean
  /** A passkey's button: the same for everybody (no list of credentials). */
  readonly passkey?: Html
  readonly query?: string
}

/** Asks for any code; shown instead of the specific pages wherever the attempt is in the suspicious lane. */
export function confirmContent(words: Words, hidden: Html, error: string | undefined, more: ConfirmMore = {}): Html {
  const { sent = false, passkey = html``, query = '' } = more
  const send = html`${hidden}<input type="hidden" name="answer" value="send_code">`
  return html`<h1>${words.confirm.title}</h1>
${note(sent ? words.confirm.sent : null)}<p>${words.confirm.lead}</p>
${error === undefined ? '' : problems(words, [{ text: error, field: 'code' }])}
<form method="post" action="/second-factor" novalidate>${hidden}<input type="hidden" name="answer" value="code">
${field(words, {
  name: 'code',
  label: words.confirm.label,
  type: 'any-code',
  autocomplete: 'one-time-code',
  lengthMax: 32,
  focus: true,
  error,
})}
<button>${words.code.submit}</button></form>
<div class="below">${buttonForm('/second-factor', words.confirm.send, { fields: send, kind: 'quiet' })}</div>
${passkey}
<p class="below"><a href="/second-factor/help${query}">${words.code.stuck}</a></p>
<p><a href="/sign-in">${words.code.startOver}</a></p>`
}

/** "I cannot get a code": every way there is, whatever the account has. */
export function confirmStuckContent(words: Words, hidden: Html, error: string | undefined, query = ''): Html {
  const spare = html`${hidden}<input type="hidden" name="answer" value="send_code"><input type="hidden" name="to" value="spare">`
  return stuckParts(words, {
    error,
    query,
    backup: backupForm(words, hidden, error),
    spare: buttonForm('/second-factor', words.stuck.spareSend, { fields: spare, kind: 'quiet' }),
  })
}

/** What a wrong code reads as, for attempts with and without an account. How many tries are left is said near the end only. */
export function wrongCode(
  { code, passkeys }: Words,
  triesLeft: number | null,
  answer: 'code' | 'passkey' = 'code',
): string {
  const wrong = answer === 'passkey' ? passkeys.wrong : code.wrong
  return triesLeft === null || triesLeft > 2 ? wrong : `${wrong} ${code.triesLeft(triesLeft)}`
}
