import { createHmac } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Random } from '../lib/random.ts'
import type { Proof } from '../policy/facts.ts'
import type { Account } from './account.ts'
import { emailCode } from './account-notices.ts'
import type { Attempt, Attempts } from './attempt.ts'
import { type CodeText, parseCode } from './code-text.ts'
import { aboutAccount, auditOf, type Origin } from './origin.ts'

/** `wrong` with no tries left: this was the last one, the attempt has ended. `ended`: it had ended before. */
export type CodeCheck =
  | { readonly kind: 'proved'; readonly proof: Proof }
  | { readonly kind: 'wrong'; readonly triesLeft: number }
  | { readonly kind: 'ended' }

/** Wrong codes of one attempt, of whatever kind: at a million codes and at most four valid ones that is one in 50,000. */
export const triesMax = 5

export interface CodeShown {
  readonly attempt: Attempt
  readonly account: Account
  readonly code: CodeText
  readonly by: Origin
}

/** Looks whether it is a right code of one kind, and spends it. */
export type CodeLook = (shown: CodeShown) => Promise<Proof | null>

/** One field takes the code of whatever kind: it costs one try, and each kind is looked at until one knows it. */
export async function proveCode(
  { attempts, looks }: { readonly attempts: Attempts; readonly looks: readonly CodeLook[] },
  { attempt, account, text, by }: Omit<CodeShown, 'code'> & { readonly text: string },
): Promise<CodeCheck> {
  refuseOthers(attempt, account)
  const code = parseCode(text)
  return tryCode(attempts, attempt, async () => {
    if (code === null) return null
    for (const look of looks) {
      const proof = await look({ attempt, account, code, by })
      if (proof !== null) return proof
    }
    return null
  })
}

/** Counts the try, and only then looks: of 50 codes at once, five are looked at. */
export async function tryCode(
  attempts: Attempts,
  attempt: Attempt,
  look: () => Promise<Proof | null>,
): Promise<CodeCheck> {
  const tries = await attempts.countTry(attempt.id)
  if (tries === null || tries > triesMax) return { kind: 'ended' }
  const proof = await look()
  if (proof !== null)
    return (await attempts.addProof(attempt.id, proof)) ? { kind: 'proved', proof } : { kind: 'ended' }
  if (tries === triesMax) await attempts.end(attempt.id)
  return { kind: 'wrong', triesLeft: triesMax - tries }
}

/** An attempt is about one person: no other account's code, and no factor for another account, helps it. */
export function refuseOthers(attempt: Attempt, account: Account): void {
  if (account.id !== attempt.accountId) throw new Fault('internal', { detail: 'another account than the attempt’s' })
}

export interface EmailCodes {
  /** A new code for the attempt: what the mail says, and what the store keeps. */
  make(attempt: Attempt): { readonly text: string; readonly kept: NonNullable<Attempt['emailCode']> }
  send(attempt: Attempt, account: Account, by: Origin): Promise<boolean>
  readonly look: CodeLook
}

export interface EmailCodesNeeds {
  readonly attempts: Attempts
  /** Keys the stored hash: six digits alone would be read back from a copy of the store by trying them all. */
  readonly codeKey: Buffer
  readonly random: Random
  readonly clock: Clock
}

/** Codes that are mailed during a sign-in: six digits, ten minutes, once. */
export function createEmailCodes({ attempts, codeKey, random, clock }: EmailCodesNeeds): EmailCodes {
  const hashOf = (attempt: Attempt, code: string): string =>
    createHmac('sha256', codeKey).update(`${attempt.id} ${code}`).digest('base64url')
  const make: EmailCodes['make'] = attempt => {
    const text = random.digits(6)
    return { text, kept: { hash: hashOf(attempt, text), expiresAt: clock.now() + codeMs } }
  }
  return {
    make,
    send(attempt, account, by) {
      refuseOthers(attempt, account)
      const { text, kept } = make(attempt)
      const audit = auditOf('sign_in_challenged', aboutAccount(account), by, clock.now(), { asked: 'email_code' })
      const notices = [emailCode(account, by, { text, expiresAt: kept.expiresAt })]
      return attempts.keepEmailCode(attempt.id, kept, { audit, notices })
    },
    // The store knows whether one is out: the attempt in hand may be older than the mail.
    async look({ attempt, code }) {
      if (code.kind !== 'digits') return null
      const used = await attempts.useEmailCode(attempt.id, hashOf(attempt, code.text), clock.now())
      return used ? { kind: 'email_code', at: clock.now() } : null
    },
  }
}

const codeMs = 10 * 60_000
