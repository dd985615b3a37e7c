import { html } from 'hono/html'
import type { Html } from '../http/layout.ts'
import type { Ceremony } from '../people/passkeys.ts'
import type { Assets } from './assets.ts'
import type { PortalConfig } from './config.ts'
import { labelField, passkeyWay } from './pages/passkeys.ts'
import type { Words } from './words/en.ts'

/** The passkey's part of the pages, each with the scripts that it needs. Nothing about any account is in one: it is the same for everybody. */
export interface PasskeyWays {
  signIn(words: Words, hidden: Html): Html
  /** `hidden`: the journey and the attempt. */
  secondFactor(words: Words, hidden: Html): Html
  enrolFirst(words: Words, hidden: Html): Html
  proveAgain(words: Words, hidden: Html): Html
  enrol(words: Words, hidden: Html, label: string): Html
}

export function createPasskeyWays(
  { passkeyScripts }: Pick<Assets, 'passkeyScripts'>,
  { passkeySignIn }: Pick<PortalConfig, 'passkeySignIn'>,
): PasskeyWays {
  const way = (words: Words, purpose: Ceremony['purpose'], form: Parameters<typeof passkeyWay>[2]) =>
    html`${passkeyWay(words, purpose, form)}${passkeyScripts.map(src => html`<script src="${src}" defer></script>`)}`
  return {
    signIn: (words, hidden) =>
      !passkeySignIn
        ? html``
        : way(words, 'sign_in', { action: '/sign-in/passkey', hidden, label: words.passkeys.signIn, kind: 'quiet' }),
    secondFactor: (words, hidden) => {
      const fields = html`${hidden}<input type="hidden" name="answer" value="passkey">`
      const label = words.passkeys.confirm
      return way(words, 'second_factor', { action: '/second-factor', hidden: fields, label, kind: 'quiet' })
    },
    enrolFirst: (words, hidden) => {
      const fields = html`${hidden}<input type="hidden" name="answer" value="passkey_enrolment">`
      const label = words.passkeys.enrolFirst
      return way(words, 'enrol_first', { action: '/second-factor', hidden: fields, label, kind: 'quiet' })
    },
    proveAgain: (words, hidden) => {
      const fields = html`${hidden}<input type="hidden" name="answer" value="passkey">`
      const label = words.passkeys.confirm
      return way(words, 'prove_again', { action: '/prove-again', hidden: fields, label, kind: 'quiet' })
    },
    enrol: (words, hidden, label) => {
      const fields = html`${hidden}${labelField(words, label)}`
      return way(words, 'enrol', {
        action: '/account/passkeys/add',
        hidden: fields,
        label: words.passkeys.add,
        kind: '',
      })
    },
  }
}
