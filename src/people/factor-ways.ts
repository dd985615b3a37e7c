import type { Account, Factor } from './account.ts'

/** What an account can show besides its password: its own pages offer these, and no others. */
export interface FactorWays {
  readonly app: boolean
  readonly passkey: boolean
  readonly phones: readonly Phone[]
  readonly sparePhones: readonly Phone[]
  readonly backupCodes: boolean
}

export interface Phone {
  /** Of its factor. */
  readonly id: string
  /** The number as it may be shown, all but its end hidden. */
  readonly masked: string
}

/** Backup codes and a spare phone help beside a real factor and never alone: what stands in needs something to stand in for. */
export function waysOf({ factors }: Pick<Account, 'factors'>): FactorWays {
  const standing = factors.filter(factor => factor.setAsideAt === null)
  const has = (kind: Factor['kind']) => standing.some(factor => factor.kind === kind)
  const phones = standing.filter(factor => factor.kind === 'sms_code')
  const ways = { app: has('totp'), passkey: has('passkey'), phones: phones.filter(each => !each.spare).map(phoneOf) }
  const real = ways.app || ways.passkey || ways.phones.length > 0
  return {
    ...ways,
    sparePhones: real ? phones.filter(each => each.spare).map(phoneOf) : [],
    backupCodes: real && has('backup_code'),
  }
}

function phoneOf({ id, label }: Factor): Phone {
  return { id, masked: label }
}
