import type { AuditStore } from '../journal/receipt.ts'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { Seal } from '../lib/seal.ts'
import type { AccountId } from '../policy/facts.ts'
import type { Account } from './account.ts'
import { activeKinds, type Directory } from './directory.ts'
import type { HandOver, HandOverCodes } from './hand-over.ts'
import { hashHandOver, makeHandOverText, showHandOverText } from './hand-over-code.ts'
import { handOverIssued, handOverSms } from './hand-over-notices.ts'
import { hasLocalWays } from './local-ways.ts'
import { aboutAccount, auditOf, type Origin } from './origin.ts'

/**
 * Issues a code for an account whose mailbox is lost, and tells its owner in the same transaction. Who may issue for whom was decided before:
 * by the may-act gate. Each refusal is audited.
 */
export type HandOverIssuing = (account: Account, reason: string, by: Origin) => Promise<Issuing>

export type Issuing =
  | {
      readonly kind: 'issued'
      /** Shown once, to who issued it. */
      readonly code: string
      readonly expiresAt: number
      /** Whether the person will be asked for a second factor. Without one, the code alone opens the account. */
      readonly asksFactor: boolean
    }
  | { readonly kind: 'refused'; readonly why: IssuingRefusal }

/** `weakened`: the same administrator (or any operator, for operators) removed a second factor or had some set aside within a day. */
const issuingRefusals = ['sso', 'invited', 'suspended', 'deleted', 'weakened'] as const
export type IssuingRefusal = (typeof issuingRefusals)[number]

export interface IssuingNeeds {
  readonly directory: Directory
  readonly handOverCodes: HandOverCodes
  readonly audit: Pick<AuditStore, 'append'>
  readonly seal: Seal
  readonly codeKey: Buffer
  readonly random: Random
  readonly clock: Clock
}

const handOverMs = 30 * 60_000
const weakenedMs = 24 * 60 * 60_000
const reasonLengthMax = 500

export function createIssuing(needs: IssuingNeeds): HandOverIssuing {
  const { directory, audit, clock } = needs
  const refuse = async (account: Account, why: IssuingRefusal, by: Origin, reason: string): Promise<Issuing> => {
    await audit.append(auditOf('hand_over_refused', aboutAccount(account), by, clock.now(), { why, reason }))
    return { kind: 'refused', why }
  }
  return async (account, text, by) => {
    const reason = text.slice(0, reasonLengthMax)
    if (account.state !== 'open') return refuse(account, account.state, by, reason)
    if (!(await hasLocalWays(account, directory))) return refuse(account, 'sso', by, reason)
    const issued = await issue(needs, account, reason, by)
    return typeof issued === 'string' ? refuse(account, issued, by, reason) : issued
  }
}

async function issue(
  { directory, handOverCodes, seal, codeKey, random, clock }: IssuingNeeds,
  account: Account,
  reason: string,
  by: Origin,
): Promise<Issuing | IssuingRefusal> {
  const text = makeHandOverText(random, codeKey, account.emailKey)
  const issuedAt = clock.now()
  const expiresAt = issuedAt + handOverMs
  const codeHash = hashHandOver(text, codeKey, account.id)
  const handOver = { accountId: account.id, codeHash, by: by.actor, reason, issuedAt, expiresAt }
  const kinds = activeKinds(account)
  const facts = { reason, until: expiresAt, secondFactor: kinds.length === 0 ? 'none' : kinds.join(' ') }
  const audit = auditOf('hand_over_issued', aboutAccount(account), by, issuedAt, facts)
  const mails = handOverIssued(account, handOver, await issuerName(directory, handOver))
  const notices = [...mails, ...handOverSms(account, expiresAt, seal)]
  const outcome = await handOverCodes.issue(handOver, issuedAt - weakenedMs, { audit, notices })
  if (outcome === 'weakened') return 'weakened'
  if (outcome === 'gone') return 'suspended' // between the look and the change
  return { kind: 'issued', code: showHandOverText(text), expiresAt, asksFactor: kinds.length > 0 }
}

/** As the owner knows them: whoever reads "issued by Ken" can ask Ken. */
async function issuerName(directory: Directory, { by }: HandOver): Promise<string> {
  if (by.kind !== 'account') return by.id
  const issuer = await directory.account(by.id as AccountId) // because an actor of this kind is an account
  return issuer === null ? by.id : `${issuer.name} (${issuer.email})`
}
