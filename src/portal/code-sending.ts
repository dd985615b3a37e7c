import { budgetKey } from '../lib/address.ts'
import type { MailBudgets } from '../limits/mail-budgets.ts'
import type { SignIn } from '../people/sign-in.ts'
import type { RunningAttempt } from './entry.ts'
import { originOf, type Visit } from './visit.ts'

/** Sends the codes of a sign-in under way. Nothing is answered: beyond a budget, or without a way to send one, each page says the same. */
export interface CodeSending {
  /** `any`: whatever the account has, for the pages that must not tell what that is. Else a mail, a spare phone, or one phone by its factor. */
  send(visit: Visit, running: RunningAttempt, to: string): Promise<void>
}

export interface CodeSendingNeeds {
  readonly signIn: Pick<SignIn, 'sendEmailCode'>
  readonly codeMails: MailBudgets
}

export function createCodeSending(needs: CodeSendingNeeds): CodeSending {
  return {
    async send(visit, running, to) {
      const { attempt } = running
      // Only where the sign-in asks for one: a mailed code proves nothing else, and nobody needs more mails.
      if ((to === 'any' || to === 'email') && attempt.risk.emailCode) await mail(needs, visit, running)
    },
  }
}

/** Each new attempt would mail one more: whoever has the password must not fill the owner's mailbox. */
async function mail(needs: CodeSendingNeeds, visit: Visit, { attempt, account }: RunningAttempt): Promise<void> {
  const address = budgetKey(visit.head.client.address)
  const { kind } = await needs.codeMails.ask({ address, name: account.emailKey })
  if (kind === 'open') await needs.signIn.sendEmailCode(attempt, account, originOf(visit, account.id))
}
