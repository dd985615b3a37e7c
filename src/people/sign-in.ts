import { hashToken } from '../lib/secret.ts'
import type { Notice } from '../notices/notice.ts'
import type { Proof } from '../policy/facts.ts'
import type { Account } from './account.ts'
import { type Attempt, attemptMs } from './attempt.ts'
import {
  type CodeCheck,
  type CodeLook,
  createEmailCodes,
  type EmailCodes,
  type EmailCodesNeeds,
  proveCode,
  triesMax,
  tryCode,
} from './attempt-codes.ts'
import { createAttemptEnrolment, type EnrolmentCheck } from './attempt-enrolment.ts'
import { activeKinds } from './directory.ts'
import { holdOf } from './holds.ts'
import type { DeviceNow } from './known-devices.ts'
import { rulesAt } from './organization-rules.ts'
import { aboutAccount, auditOf, type Origin } from './origin.ts'
import { type CheckManner, checkPassword, type PasswordCheck, type PasswordCheckNeeds } from './password-check.ts'
import { judgeRisk } from './risk.ts'
import type { SecondFactors, SecondFactorsNeeds } from './second-factors.ts'
import type { SessionTokens } from './session-tokens.ts'
import type { TotpSecret } from './totp.ts'
import type { Trail } from './trail.ts'

export type { CodeCheck } from './attempt-codes.ts'
export type { EnrolmentCheck } from './attempt-enrolment.ts'
export type { PasswordCheck } from './password-check.ts'

/** The steps of a sign-in, each of which adds a proof to the attempt. None of them decides whether it is enough: the entry walk does. */
export interface SignIn {
  /**
   * Same work for known, unknown, invited, deleted, SSO and reset-required accounts; all but a right password of an account that may
   * use one read as `wrong`. A suspended account is proved here: the account-open gate speaks after all proofs.
   */
  checkPassword(email: unknown, password: string, manner?: CheckManner): Promise<PasswordCheck>
  /** What goes out with the session that opens, besides the notice of a new device. */
  newsFor(account: Account, proofs: readonly Proof[]): readonly Notice[]
  /** `threat`: the attack inside which a password was tried from an unknown device; the account is held for it, and its owner told once. */
  begin(account: Account, proof: Proof, device: DeviceNow, by: Origin, threat?: string | null): Promise<Begun>
  /** The same where nobody is let in at all: no attempt begins. False when it was held already. */
  hold(account: Account, threat: string, by: Origin): Promise<boolean>
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
  /** A proof that is no code (a passkey): it costs one try like a code. */
  proveBy(attempt: Attempt, look: () => Promise<Proof | null>): Promise<CodeCheck>
  /** Counts a try and looks at no code: where a budget is closed, nothing may tell. */
  countWrongCode(attempt: Attempt): Promise<CodeCheck>
  /** Gives the attempt up. */
  end(attempt: Attempt): Promise<void>
}

export interface Begun {
  readonly token: string
  readonly attempt: Attempt
}

export interface SignInNeeds extends PasswordCheckNeeds, EmailCodesNeeds, SecondFactorsNeeds {
  readonly secondFactors: SecondFactors
  /** Further kinds of codes: by text message, from paper. */
  readonly looks?: readonly CodeLook[]
  /** Tokens of attempts: made with another key than those of sessions. */
  readonly tokens: SessionTokens
  /** The operator wants every unknown device confirmed by a mailed code; read at each use. */
  readonly codeOnUnknownDevice: boolean
}

export function createSignIn(needs: SignInNeeds): SignIn {
  const { attempts, secondFactors, tokens, clock } = needs
  const emailCodes = createEmailCodes(needs)
  const enrolment = createAttemptEnrolment(needs)
  const looks = [secondFactors.look, ...(needs.looks ?? []), emailCodes.look]
  return {
    checkPassword: (email, password, manner) => checkPassword(needs, email, password, manner),
    newsFor: (account, proofs) => needs.leaks.newsFor(account, proofs),
    begin: (account, proof, device, by, threat = null) =>
      begin(needs, emailCodes, { account, proof, device, by, threat: proof.kind === 'password' ? threat : null }),
    hold: (account, threat, by) =>
      needs.accounts.hold(account.id, holdOf({ account, cause: threat, at: clock.now(), code: null }, by)),
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
    proveBy: (attempt, look) => tryCode(attempts, attempt, look),
    countWrongCode: attempt => tryCode(attempts, attempt, async () => null),
    sendEmailCode: (attempt, account, by) => emailCodes.send(attempt, account, by),
    end: attempt => attempts.end(attempt.id),
  }
}

interface Beginning {
  readonly account: Account
  readonly proof: Proof
  readonly device: DeviceNow
  readonly by: Origin
  readonly threat: string | null
}

async function begin(needs: SignInNeeds, emailCodes: EmailCodes, beginning: Beginning): Promise<Begun> {
  const { account, proof, by, threat } = beginning
  const { token, tokenHash } = needs.tokens.mint()
  const attempt = await attemptOf(needs, tokenHash, beginning)
  const facts = { proved: proof.kind, risk: attempt.risk.why }
  const audit = auditOf('sign_in_challenged', aboutAccount(account), by, attempt.startedAt, facts)
  const trail = { audit, notices: [] }
  if (threat === null) await needs.attempts.start(attempt, trail)
  else await startHeld(needs, emailCodes, { ...beginning, threat }, { attempt, trail })
  if (proof.kind === 'password') await endIfPasswordChanged(needs, account, attempt)
  return { token, attempt }
}

async function attemptOf(needs: SignInNeeds, tokenHash: string, beginning: Beginning): Promise<Attempt> {
  const { account, proof, device, threat } = beginning
  const now = needs.clock.now()
  const risk = judgeRisk({
    account,
    proof: proof.kind,
    knownDevice: device.known,
    suspicious: threat !== null,
    codeOnUnknownDevice: await wantsUnknownConfirmed(needs, account, now),
    now,
  })
  return {
    id: needs.random.token(16),
    tokenHash,
    accountId: account.id,
    proofs: [proof],
    risk,
    deviceId: device.deviceId,
    startedAt: now,
    expiresAt: now + attemptMs,
    wrongCodes: 0,
    sealedEnrolment: null,
    emailCode: null,
  }
}

/** The mail that tells of the hold carries this attempt's code, where a mailed code opens anything: a second factor is asked for itself. */
async function startHeld(
  { attempts }: SignInNeeds,
  emailCodes: EmailCodes,
  { account, by, threat }: Beginning & { readonly threat: string },
  { attempt, trail }: { readonly attempt: Attempt; readonly trail: Trail },
): Promise<void> {
  const made = activeKinds(account).length === 0 ? emailCodes.make(attempt) : null
  const code = made === null ? null : { text: made.text, expiresAt: made.kept.expiresAt }
  const hold = holdOf({ account, cause: threat, at: attempt.startedAt, code }, by)
  await attempts.startHeld({ ...attempt, emailCode: made?.kept ?? null }, hold, trail)
}

async function wantsUnknownConfirmed(needs: SignInNeeds, { organizationId }: Account, now: number): Promise<boolean> {
  const organization = organizationId === null ? null : await needs.directory.organization(organizationId)
  return needs.codeOnUnknownDevice || (organization !== null && rulesAt(organization, now).codeOnUnknownDevice)
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
