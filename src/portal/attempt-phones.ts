import { html } from 'hono/html'
import type { Fields } from '../http/forms.ts'
import type { Html } from '../http/layout.ts'
import type { Phones } from '../people/phones.ts'
import type { CodeCheck, SignIn } from '../people/sign-in.ts'
import type { CodeSending } from './code-sending.ts'
import { enrolPhoneCheckContent, enrolPhoneContent, enrolPhoneOffer } from './pages/phones.ts'
import type { RunningAttempt } from './running-attempt.ts'
import { originOf, type Visit } from './visit.ts'

/** A phone as the first second factor, set up on the way in. The caller has asked the walk: nothing begins where it does not demand this. */
export interface AttemptPhones {
  /** The last of the ways, with its risk said; empty where no text messages are sent. */
  offer(visit: Visit, query: string): Html
  /** The page of a phone that is being set up; null when the page of all ways is to be shown. */
  page(visit: Visit, running: RunningAttempt, shown: PhoneShown): Promise<Html | null>
  /** Null when a code is on its way, as far as the page says; else what is wrong with the number. */
  begin(visit: Visit, running: RunningAttempt, form: Fields): Promise<string | null>
  /** Costs one try of the attempt, and one of the five that each number has. */
  confirm(visit: Visit, running: RunningAttempt, code: string): Promise<CodeCheck>
}

export interface PhoneShown {
  /** `phone`: the page for a number; `other`: that of all ways. */
  readonly page: 'step' | 'help' | 'phone' | 'other'
  readonly hidden: Html
  readonly query: string
  readonly error?: string
  readonly number?: string
}

export interface AttemptPhonesNeeds {
  readonly phones: Phones
  readonly sending: Pick<CodeSending, 'maySend'>
  readonly signIn: Pick<SignIn, 'proveBy'>
}

export function createAttemptPhones({ phones, sending, signIn }: AttemptPhonesNeeds): AttemptPhones {
  return {
    offer: ({ words }, query) => (phones.offered ? enrolPhoneOffer(words, query) : html``),
    async page({ words }, { attempt }, { page, hidden, query, error, number = '' }) {
      if (!phones.offered || page === 'other') return null
      if (page === 'phone') return enrolPhoneContent(words, { hidden, query, number, error, example: phones.example })
      const pending = await phones.pending(attempt.id)
      if (pending === null) return null
      return enrolPhoneCheckContent(words, { hidden, query, masked: pending.masked, error })
    },
    async begin(visit, { attempt, account }, form) {
      const { phones: words } = visit.words
      const parsed = phones.parse(form.get('number') ?? '')
      if (parsed.kind === 'unreadable') return words.unreadable
      if (parsed.kind === 'not_served') return words.notServed
      const { number } = parsed
      const send = await sending.maySend(visit, account, number)
      await phones.begin({ account, subject: attempt.id, number, spare: false, send, by: originOf(visit, account.id) })
      return null
    },
    confirm: (visit, { attempt, account }, code) =>
      signIn.proveBy(attempt, async () => {
        const by = originOf(visit, account.id)
        const added = await phones.confirm({ account, subject: attempt.id, code, first: true, by })
        return added.kind === 'proved' ? added.proof : null
      }),
  }
}
