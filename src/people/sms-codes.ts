import { createHmac } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { Seal } from '../lib/seal.ts'
import type { Proof } from '../policy/facts.ts'
import type { Account, Factor } from './account.ts'
import { phoneCode } from './account-notices.ts'
import type { CodeLook } from './attempt-codes.ts'
import { parseCode } from './code-text.ts'
import type { Directory } from './directory.ts'
import { hasLocalWays } from './local-ways.ts'
import type { CodePurpose, OneTimeCodes } from './one-time-codes.ts'
import { aboutAccount, auditOf, type Origin } from './origin.ts'
import type { PhoneNumber } from './phone-number.ts'

/** Codes by text message to a phone that is a factor: six digits, ten minutes, once, for the attempt or the session that asked. */
export interface SmsCodes {
  /** The code before is void. False where there is no such phone, or none may be used. */
  send(sending: SmsSending): Promise<boolean>
  /** The number behind a factor, for what it may cost; null where there is no such phone. */
  numberOf(account: Account, factorId: string): PhoneNumber | null
  /** Spends the code that is out for the subject. */
  check(account: Account, subject: string, code: string): Promise<Proof | null>
  /** The same as one kind of code among others during a sign-in. */
  readonly look: CodeLook
}

export interface SmsSending {
  readonly account: Account
  /** The attempt or the session. */
  readonly subject: string
  readonly factorId: string
  readonly by: Origin
}

export interface SmsCodesNeeds {
  readonly oneTimeCodes: OneTimeCodes
  readonly directory: Directory
  readonly seal: Seal
  readonly codeKey: Buffer
  readonly random: Random
  readonly clock: Clock
}

export const smsCodeMs = 10 * 60_000

export function createSmsCodes(needs: SmsCodesNeeds): SmsCodes {
  const { oneTimeCodes, seal, random, clock, codeKey } = needs
  const check: SmsCodes['check'] = async (account, subject, text) => {
    const code = parseCode(text)
    if (code?.kind !== 'digits') return null
    const hash = hashCode(codeKey, { purpose: 'sms_code', subject, code: code.text })
    const used = await oneTimeCodes.use(subject, 'sms_code', hash, clock.now())
    if (used === null || used.accountId !== account.id) return null
    // The phone may have been removed or set aside since.
    const stands = used.detail !== null && phoneOf(account, used.detail) !== null
    return stands && (await hasLocalWays(account, needs.directory)) ? { kind: 'sms_code', at: clock.now() } : null
  }
  return {
    check,
    look: ({ attempt, account, code }) => check(account, attempt.id, code.text),
    numberOf(account, factorId) {
      const factor = phoneOf(account, factorId)
      return factor === null ? null : openNumber(factor, seal)
    },
    async send({ account, subject, factorId, by }) {
      const factor = phoneOf(account, factorId)
      if (factor === null || !(await hasLocalWays(account, needs.directory))) return false
      const now = clock.now()
      const code = { text: random.digits(6), expiresAt: now + smsCodeMs }
      const hash = hashCode(codeKey, { purpose: 'sms_code', subject, code: code.text })
      const audit = auditOf('sign_in_challenged', aboutAccount(account), by, now, {
        asked: 'sms_code',
        factor: factorId,
      })
      const notices = [phoneCode('sms_code', openNumber(factor, seal), account.language, code)]
      const { expiresAt } = code
      await oneTimeCodes.keep(
        { subject, purpose: 'sms_code', accountId: account.id, hash, expiresAt, detail: factorId },
        { audit, notices },
      )
      return true
    },
  }
}

/** Keyed: six digits alone would be read back from a copy of the store by trying them all. */
export function hashCode(key: Buffer, about: { purpose: CodePurpose; subject: string; code: string }): string {
  return createHmac('sha256', key).update(`${about.purpose} ${about.subject} ${about.code}`).digest('base64url')
}

function phoneOf({ factors }: Account, factorId: string): Factor | null {
  return (
    factors.find(({ id, kind, setAsideAt }) => id === factorId && kind === 'sms_code' && setAsideAt === null) ?? null
  )
}

export function openNumber({ id, sealedSecret }: Factor, seal: Seal): PhoneNumber {
  return seal.open(sealedSecret, `factor:${id}`) as PhoneNumber // because only phones.ts seals one there
}
