import { budgetKey } from '../lib/address.ts'
import { hashToken } from '../lib/secret.ts'
import type { MailBudgets } from '../limits/mail-budgets.ts'
import type { SmsBudgets } from '../limits/sms-budgets.ts'
import type { Account } from '../people/account.ts'
import { type FactorWays, waysOf } from '../people/factor-ways.ts'
import type { SignIn } from '../people/sign-in.ts'
import type { SmsCodes } from '../people/sms-codes.ts'
import type { Person } from './door.ts'
import { isSuspicious, type RunningAttempt } from './running-attempt.ts'
import { originOf, type Visit } from './visit.ts'

/** Sends codes to people. Nothing is answered: beyond a budget, or without a way to send one, each page says the same. */
export interface CodeSending {
  /**
   * For a sign-in under way. `any`: whatever the account has, for the pages that must not tell what that is. Else `email`, `spare`, or
   * one phone by its factor.
   */
  send(visit: Visit, running: Sending, to: string): Promise<void>
  /** For somebody who is signed in, to one of their phones. */
  sendInside(visit: Visit, person: Person, factorId: string): Promise<void>
  /** Whether a text message may still be paid for, spent by asking. */
  maySend(visit: Visit, account: Account, number: string): Promise<boolean>
}

/** `browser`: that of a sign-in; a hand-over has none. */
type Sending = Pick<RunningAttempt, 'attempt' | 'account'> & Partial<Pick<RunningAttempt, 'browser'>>

export interface CodeSendingNeeds {
  readonly signIn: Pick<SignIn, 'sendEmailCode'>
  readonly smsCodes: SmsCodes
  readonly codeMails: MailBudgets
  readonly smsBudgets: SmsBudgets
}

export function createCodeSending(needs: CodeSendingNeeds): CodeSending {
  return {
    maySend: (visit, account, number) => maySend(needs, visit, account, { number, known: false }),
    async send(visit, running, asked) {
      const { attempt, account } = running
      const ways = waysOf(account)
      // The suspicious lane has the same buttons for everybody: each of them sends something, as a decoy writes something for each.
      const to = isSuspicious(attempt) && (asked !== 'spare' || ways.sparePhones.length === 0) ? 'any' : asked
      const factorId = phoneFor(ways, to)
      const by = originOf(visit, account.id)
      const known = running.browser?.device.known === true
      if (factorId !== null) return text(needs, visit, { account, subject: attempt.id, factorId, by, known })
      // Only where the sign-in asks for one: a mailed code proves nothing else, and nobody needs more mails.
      if ((to === 'any' || to === 'email') && attempt.risk.emailCode) await mail(needs, visit, running)
    },
    async sendInside(visit, { account, session }, to) {
      const factorId = phoneFor(waysOf(account), to)
      const by = originOf(visit, account.id, session)
      if (factorId !== null) await text(needs, visit, { account, subject: session.id, factorId, by, known: true })
    },
  }
}

function phoneFor({ phones, sparePhones }: FactorWays, to: string): string | null {
  if (to === 'email') return null
  if (to === 'any') return phones[0]?.id ?? null
  if (to === 'spare') return sparePhones[0]?.id ?? null
  return [...phones, ...sparePhones].find(({ id }) => id === to)?.id ?? null
}

/** `known`: asked for on a device that the account knows, or by somebody who is signed in. */
type Texting = Parameters<SmsCodes['send']>[0] & { readonly known: boolean }

async function text(needs: CodeSendingNeeds, visit: Visit, texting: Texting): Promise<void> {
  const number = needs.smsCodes.numberOf(texting.account, texting.factorId)
  if (number === null) return
  const { known, ...sending } = texting
  if (await maySend(needs, visit, sending.account, { number, known })) await needs.smsCodes.send(sending)
}

async function maySend(
  { smsBudgets }: CodeSendingNeeds,
  visit: Visit,
  account: Account,
  { number, known }: { readonly number: string; readonly known: boolean },
): Promise<boolean> {
  const address = budgetKey(visit.head.client.address)
  // Each has messages of its own: whoever has found the password must not use up those of its owner.
  const lane = known ? 'known-device' : 'unknown'
  const request = { accountId: `${lane} ${account.id}`, number: `${lane} ${hashToken(number)}`, address }
  const { kind } = await smsBudgets.ask(request)
  return kind === 'open'
}

/** Each new attempt would mail one more: whoever has the password must not fill the owner's mailbox. */
async function mail(needs: CodeSendingNeeds, visit: Visit, { attempt, account, browser }: Sending): Promise<void> {
  const address = budgetKey(visit.head.client.address)
  // Apart from the codes that anybody may ask for by the name alone, and those of a known device apart from all others.
  const name = `attempt ${account.emailKey}`
  const from = browser?.device.known === true ? 'known-device' : 'elsewhere'
  const { kind } = await needs.codeMails.ask({ address, name, from })
  if (kind === 'open') await needs.signIn.sendEmailCode(attempt, account, originOf(visit, account.id))
}
