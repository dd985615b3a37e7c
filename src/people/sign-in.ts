import { hashToken } from '../lib/secret.ts'
import type { Proof, RiskFact } from '../policy/facts.ts'
import type { Account } from './account.ts'
import type { Attempt } from './attempt.ts'
import { type CodeCheck, createEmailCodes, type EmailCodesNeeds, proveCode, triesMax } from './attempt-codes.ts'
import { createAttemptEnrolment, type EnrolmentCheck } from './attempt-enrolment.ts'
import { activeKinds } from './directory.ts'
import type { DeviceNow } from './known-devices.ts'
import { aboutAccount, auditOf, type Origin } from './origin.ts'
import { checkPassword, type PasswordCheck, type PasswordCheckNeeds } from './password-check.ts'
import type { SecondFactors, SecondFactorsNeeds } from './second-factors.ts'
import type { SessionTokens } from './session-tokens.ts'
import type { TotpSecret } from './totp.ts'

export type { CodeCheck } from './attempt-codes.ts'
export type { EnrolmentCheck } from './attempt-enrolment.ts'
export type { PasswordCheck } from './password-check.ts'

/** The steps of a sign-in, each of which adds a proof to the attempt. None of them decides whether it is enough: the entry walk does. */
export interface SignIn {
  /**
   * Same work for known, unknown, invited, deleted, SSO and reset-required accounts; all but a right password of an account that may
   * use one read as `wrong`. A suspended account is proved here: the account-open gate speaks after all proofs.
   */
  checkPassword(email: unknown, password: string): Promise<PasswordCheck>
  begin(account: Account, proof: Proof, device: DeviceNow, by: Origin): Promise<{ token: string; attempt: Attempt }>
  /** Null for forged, ended and too old ones; forged ones cost no look-up. */
  find(token: string): Promise<Attempt | null>
  /** The code of whatever kind: of an app, a text message, a mail or the backup codes. It counts as one try. */
  proveCode(attempt: Attempt, account: Account, code: string, by: Origin): Promise<CodeCheck>
  /** The same secret again until it is confirmed. Fault `conflict` for an account that has a factor already or may have none. */
  startTotpEnrolment(attempt: Attempt, account: Account): Promise<TotpSecret>
  confirmTotpEnrolment(
    attempt: Attempt,
    account: Account,
    code: string,
    label: string,
    by: Origin,
  ): Promise<EnrolmentCheck>
  /** Mails a new code (10 minutes, once); the former one is void. False when the attempt has ended. */
  sendEmailCode(attempt: Attempt, account: Account, by: Origin): Promise<boolean>
  /** Gives the attempt up. */
  end(attempt: Attempt): Promise<void>
}

export interface SignInNeeds extends PasswordCheckNeeds, EmailCodesNeeds, SecondFactorsNeeds {
  readonly secondFactors: SecondFactors
  /** Tokens of attempts: made with another key than those of sessions. */
  readonly tokens: SessionTokens
}

export function createSignIn(needs: SignInNeeds): SignIn {
  const { attempts, secondFactors, tokens, clock } = needs
  const emailCodes = createEmailCodes(needs)
  const enrolment = createAttemptEnrolment(needs)
  const looks = [secondFactors.look, emailCodes.look]
  return {
    checkPassword: (email, password) => checkPassword(needs, email, password),
    begin: (account, proof, device, by) => begin(needs, { account, proof, device, by }),
    async find(token) {
      if (!tokens.isOurs(token)) return null
      const attempt = await attempts.findByTokenHash(hashToken(token))
      const isLive = attempt !== null && clock.now() < attempt.expiresAt && attempt.wrongCodes <= triesMax
      return isLive ? attempt : null
    },
    proveCode: (attempt, account, text, by) => proveCode({ attempts, looks }, { attempt, account, text, by }),
    startTotpEnrolment: enrolment.start,
    confirmTotpEnrolment: (attempt, account, code, label, by) =>
      enrolment.confirm({ attempt, account, code, label, by }),
    sendEmailCode: (attempt, account, by) => emailCodes.send(attempt, account, by),
    end: attempt => attempts.end(attempt.id),
  }
}

interface Beginning {
  readonly account: Account
  readonly proof: Proof
  readonly device: DeviceNow
  readonly by: Origin
}

async function begin(
  needs: SignInNeeds,
  { account, proof, device, by }: Beginning,
): Promise<{ token: string; attempt: Attempt }> {
  const { attempts, tokens, random, clock } = needs
  const now = clock.now()
  const { token, tokenHash } = tokens.mint()
  const attempt: Attempt = {
    id: random.token(16),
    tokenHash,
    accountId: account.id,
    proofs: [proof],
    risk: riskOf(account, now),
    deviceId: device.deviceId,
    startedAt: now,
    expiresAt: now + attemptMs,
    wrongCodes: 0,
    sealedEnrolment: null,
    emailCode: null,
  }
  const facts = { proved: proof.kind, risk: attempt.risk.why }
  await attempts.start(attempt, {
    audit: auditOf('sign_in_challenged', aboutAccount(account), by, now, facts),
    notices: [],
  })
  if (proof.kind === 'password') await endIfPasswordChanged(needs, account, attempt)
  return { token, attempt }
}

/**
 * Checking a password takes a while, and a reset may be finished meanwhile: the old password would open an attempt after its end. A new
 * password ends every attempt that is there, and this ends the one that came later.
 */
async function endIfPasswordChanged(
  { accounts, attempts }: SignInNeeds,
  checked: Account,
  attempt: Attempt,
): Promise<void> {
  const account = await accounts.find(checked.id)
  if (account?.password?.hash !== checked.password?.hash) await attempts.end(attempt.id)
}

const attemptMs = 10 * 60_000
const dormantMs = 180 * 24 * 60 * 60_000

/** Dormant without a second factor: its password may have leaked long ago, and nobody would have noticed (behaviour.md 4). */
function riskOf(account: Account, now: number): RiskFact {
  // A new password went through the mailbox or a session: it is a sign of life like a sign-in.
  const aliveAt = Math.max(account.lastSignInAt ?? 0, account.password?.changedAt ?? 0, account.createdAt)
  const dormant = now - aliveAt > dormantMs && activeKinds(account).length === 0
  return dormant ? { emailCode: true, why: 'dormant' } : { emailCode: false, why: 'none' }
}
