import type { Proof } from '../policy/facts.ts'
import type { Account, Factor, Factors } from './account.ts'
import { factorAdded, phoneCode } from './account-notices.ts'
import { parseCode } from './code-text.ts'
import { hasLocalWays } from './local-ways.ts'
import { aboutAccount, auditOf, type Origin } from './origin.ts'
import { maskPhone, type PhoneNumber, type PhoneRules, parsePhone } from './phone-number.ts'
import type { FactorAdding } from './second-factors.ts'
import { undoable } from './session-change.ts'
import { hashCode, type SmsCodesNeeds, smsCodeMs } from './sms-codes.ts'

/** Phones on their way to becoming factors: a number counts when a code that was sent to it has come back. */
export interface Phones {
  /** Whether text messages can be sent at all. */
  readonly offered: boolean
  /** How a number is written here. */
  readonly example: string
  parse(text: string): ReturnType<typeof parsePhone>
  /** Sends a code to the number; the former code of the same subject is void. False for accounts that may have no factors of their own. */
  begin(beginning: PhoneBeginning): Promise<boolean>
  /** What waits for its code; null when nothing does. */
  pending(subject: string): Promise<PendingPhone | null>
  confirm(confirming: PhoneConfirming): Promise<PhoneAdding>
}

export interface PhoneBeginning {
  readonly account: Account
  /** The session, or the attempt of a sign-in that demands a factor. */
  readonly subject: string
  readonly number: PhoneNumber
  readonly spare: boolean
  /** False where the message cannot be paid for: everything is the same, and nothing is sent. */
  readonly send: boolean
  readonly by: Origin
}

export interface PendingPhone {
  readonly number: PhoneNumber
  readonly masked: string
  readonly spare: boolean
}

export interface PhoneConfirming {
  readonly account: Account
  readonly subject: string
  readonly code: string
  /** On the way in: only as the first factor. */
  readonly first?: boolean
  readonly by: Origin
}

/** `gone`: no code is out, it is too old, or too many were wrong. `refused`: a spare phone without a factor to stand in for. */
export type PhoneAdding = FactorAdding | { readonly kind: 'proved'; readonly factor: Factor; readonly proof: Proof }

export interface PhonesNeeds extends SmsCodesNeeds {
  readonly factors: Factors
  /** Read at each use: a reload may change them. */
  readonly rules: PhoneRules & { readonly offered: boolean }
}

/** At a million codes that is one in 200,000 for each number, and nothing but that number is won. */
const triesMax = 5

export function createPhones(needs: PhonesNeeds): Phones {
  const { oneTimeCodes, seal, random, clock, codeKey } = needs
  return {
    get offered() {
      return needs.rules.offered
    },
    get example() {
      return needs.rules.defaultCountry === '+81' ? '090 1234 5678' : '+44 7700 900123'
    },
    parse: text => parsePhone(text, needs.rules),
    async begin({ account, subject, number, spare, send, by }) {
      if (!needs.rules.offered || !(await hasLocalWays(account, needs.directory))) return false
      const now = clock.now()
      const code = { text: random.digits(6), expiresAt: now + smsCodeMs }
      const hash = hashCode(codeKey, { purpose: 'phone_check', subject, code: code.text })
      const detail = seal.close(JSON.stringify({ number, spare }), contextOf(subject))
      const audit = auditOf('sign_in_challenged', aboutAccount(account), by, now, { asked: 'phone_check', spare })
      await oneTimeCodes.keep(
        { subject, purpose: 'phone_check', accountId: account.id, hash, expiresAt: code.expiresAt, detail },
        { audit, notices: send ? [phoneCode('phone_check', number, account.language, code)] : [] },
      )
      return true
    },
    async pending(subject) {
      const code = await oneTimeCodes.find(subject, 'phone_check', clock.now())
      return code === null ? null : openPending(needs, subject, code.detail)
    },
    confirm: confirming => confirm(needs, confirming),
  }
}

async function confirm(
  needs: PhonesNeeds,
  { account, subject, code, first, by }: PhoneConfirming,
): Promise<PhoneAdding> {
  const { oneTimeCodes, factors, clock } = needs
  const now = clock.now()
  if (!(await hasLocalWays(account, needs.directory))) return { kind: 'refused' }
  const tries = await oneTimeCodes.countTry(subject, 'phone_check', now)
  if (tries === null || tries > triesMax) return { kind: 'gone' }
  const parsed = parseCode(code)
  const hash = hashCode(needs.codeKey, { purpose: 'phone_check', subject, code: parsed?.text ?? '' })
  const used = parsed?.kind === 'digits' ? await oneTimeCodes.use(subject, 'phone_check', hash, now) : null
  if (used === null || used.accountId !== account.id) return { kind: tries === triesMax ? 'gone' : 'wrong' }
  const phone = openPending(needs, subject, used.detail)
  if (phone === null) return { kind: 'gone' }
  const factor = factorOf(needs, phone, now)
  const facts = { factor: factor.id, kind: factor.kind, spare: factor.spare }
  const audit = auditOf('factor_added', aboutAccount(account), by, now, facts)
  const undo = undoable(by, { kind: 'factor_added', factorId: factor.id })
  const trail = { audit, notices: factorAdded(account, by, now, factor), ...undo }
  const add = first === true ? factors.addFirst : factors.add
  if (!(await add(account.id, factor, trail))) return { kind: factor.spare ? 'refused' : 'gone' }
  return factor.spare ? { kind: 'added', factor } : { kind: 'proved', factor, proof: { kind: 'sms_code', at: now } }
}

function factorOf({ random, seal }: PhonesNeeds, { number, masked, spare }: PendingPhone, now: number): Factor {
  const id = random.token(16)
  const sealedSecret = seal.close(number, `factor:${id}`)
  // The label is what lists show: the number itself stays sealed.
  const label = masked
  return {
    id,
    kind: 'sms_code',
    label,
    addedAt: now,
    sealedSecret,
    lastStep: 0,
    setAsideAt: null,
    spare,
    credentialId: null,
  }
}

function contextOf(subject: string): string {
  return `code:phone_check:${subject}`
}

function openPending({ seal, rules }: PhonesNeeds, subject: string, detail: string | null): PendingPhone | null {
  if (detail === null) return null
  // because only `begin` seals under this context, and a changed text does not open
  const { number, spare } = JSON.parse(seal.open(detail, contextOf(subject))) as { number: PhoneNumber; spare: boolean }
  return { number, spare, masked: maskPhone(number, rules.countries) }
}
