import { Fault } from '../lib/fault.ts'
import type { Proof } from '../policy/facts.ts'
import type { Account, Accounts } from './account.ts'
import type { Attempt, Attempts } from './attempt.ts'
import { refuseOthers } from './attempt-codes.ts'
import { activeKinds } from './directory.ts'
import { type Enrolment, openEnrolment, sealEnrolment, startEnrolment } from './enrolment.ts'
import { hasLocalWays } from './local-ways.ts'
import type { Origin } from './origin.ts'
import { confirmEnrolment, type SecondFactorsNeeds } from './second-factors.ts'
import { type TotpSecret, totpSecret } from './totp.ts'

export type EnrolmentCheck =
  | { readonly kind: 'proved'; readonly proof: Proof }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'ended' }

/** Setting up the first second factor on the way in, where the organization demands one. */
export interface AttemptEnrolment {
  start(this: void, attempt: Attempt, account: Account): Promise<TotpSecret>
  confirm(confirmation: Confirmation): Promise<EnrolmentCheck>
}

export interface Confirmation {
  readonly attempt: Attempt
  readonly account: Account
  readonly code: string
  readonly label: string
  readonly by: Origin
}

export interface AttemptEnrolmentNeeds extends SecondFactorsNeeds {
  readonly accounts: Accounts
  readonly attempts: Attempts
}

export function createAttemptEnrolment(needs: AttemptEnrolmentNeeds): AttemptEnrolment {
  const { attempts, factors, seal, random, clock } = needs
  return {
    async start(attempt, account) {
      refuseOthers(attempt, account)
      if (!(await mayEnrol(needs, attempt)))
        throw new Fault('conflict', { detail: 'an account that may not enrol here' })
      const kept = await keptEnrolment(needs, attempt)
      const enrolment = kept ?? startEnrolment(random, clock.now())
      // What is kept already stays as it is: the page shows it again by a GET, which writes nothing.
      if (kept === null) {
        const sealed = sealEnrolment(enrolment, contextOf(attempt), seal)
        if (!(await attempts.keepEnrolment(attempt.id, sealed)))
          throw new Fault('conflict', { detail: 'the attempt has ended' })
      }
      return totpSecret(enrolment.secret, account.email, needs.issuerName)
    },
    async confirm({ attempt, account, code, label, by }) {
      refuseOthers(attempt, account)
      const enrolment = await keptEnrolment(needs, attempt)
      if (enrolment === null || !(await mayEnrol(needs, attempt))) return { kind: 'ended' }
      // Looked at once more where it is added: several sign-ins under way may confirm at the same moment.
      const confirmed = await confirmEnrolment(needs, { account, enrolment, code, label, by }, factors.addFirst)
      if (confirmed.kind === 'wrong') return { kind: 'wrong' }
      if (confirmed.kind === 'gone') return { kind: 'ended' }
      const proof: Proof = { kind: 'totp', at: clock.now() }
      return (await attempts.addProof(attempt.id, proof)) ? { kind: 'proved', proof } : { kind: 'ended' }
    },
  }
}

function contextOf(attempt: Attempt): string {
  return `attempt:${attempt.id}`
}

/** Read anew: the caller's copy may be older than the page that showed the secret. */
async function keptEnrolment(
  { attempts, seal, clock }: AttemptEnrolmentNeeds,
  attempt: Attempt,
): Promise<Enrolment | null> {
  const fresh = await attempts.findByTokenHash(attempt.tokenHash)
  if (fresh === null || fresh.sealedEnrolment === null || clock.now() >= fresh.expiresAt) return null
  return openEnrolment(fresh.sealedEnrolment, contextOf(attempt), seal)
}

/** Who knows only the password must not add a factor beside the owner's. Read anew, since another attempt may have been faster. */
async function mayEnrol({ accounts, directory }: AttemptEnrolmentNeeds, attempt: Attempt): Promise<boolean> {
  const account = await accounts.find(attempt.accountId)
  return account !== null && activeKinds(account).length === 0 && (await hasLocalWays(account, directory))
}
