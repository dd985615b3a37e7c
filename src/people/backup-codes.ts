import { createHmac } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Random } from '../lib/random.ts'
import type { Seal } from '../lib/seal.ts'
import type { AccountId, Proof } from '../policy/facts.ts'
import type { Account, Factor } from './account.ts'
import { backupCodesMade, backupCodeUsed } from './account-notices.ts'
import type { CodeLook } from './attempt-codes.ts'
import { backupAlphabet, backupLength, parseCode } from './code-text.ts'
import type { Directory } from './directory.ts'
import { waysOf } from './factor-ways.ts'
import { hasLocalWays } from './local-ways.ts'
import { aboutAccount, auditOf, type Origin } from './origin.ts'
import type { Passwords } from './passwords.ts'
import { undoable } from './session-change.ts'
import type { Trail } from './trail.ts'
import type { Turn } from './turns.ts'

/** Ten codes on paper, each good once, that stand in for a second factor. */
export interface BackupCodes {
  /** A new set, shown this once; a former one is void with it. Null where there is no factor to stand in for. */
  make(account: Account, by: Origin): Promise<readonly string[] | null>
  left(account: Account): Promise<number>
  /** Spends a code; its owner hears of it. The same slow hash is computed for accounts without a set, and for nobody. */
  check(account: Account, code: string, by: Origin): Promise<Proof | null>
  /** The same as one kind of code among others during a sign-in. */
  readonly look: CodeLook
  /** The work of a try, for an attempt that belongs to nobody. */
  pretend(code: string, turn: Turn): Promise<void>
}

/** The durable sets. The factor of kind `backup_code` holds the salt; a code that is gone was used. */
export interface BackupCodeSets {
  /** Replaces the account's set. False, and nothing done, without a second factor that helps, or while a reset is demanded. */
  keep(accountId: AccountId, factor: Factor, hashes: readonly string[], trail: Trail): Promise<boolean>
  /** Takes one code away: how many are `left`, told to exactly one caller and added to the trail's facts; null when there is no such code. */
  use(accountId: AccountId, hash: string, trail: Trail): Promise<number | null>
  left(accountId: AccountId): Promise<number>
}

export interface BackupCodesNeeds {
  readonly backupCodeSets: BackupCodeSets
  readonly passwords: Pick<Passwords, 'derive'>
  readonly directory: Directory
  readonly seal: Seal
  readonly codeKey: Buffer
  readonly random: Random
  readonly clock: Clock
}

const codesOfSet = 10
const saltBytes = 16

export function createBackupCodes(needs: BackupCodesNeeds): BackupCodes {
  const { backupCodeSets, random, clock } = needs
  const check: BackupCodes['check'] = async (account, text, by) => {
    const code = parseCode(text)
    if (code?.kind !== 'backup') return null
    // One slow hash for each try, whatever the account has: neither the set nor the account is told by the time.
    const salt = saltOf(needs, account)
    const hash = await hashOf(needs, code.text, salt ?? nobodysSalt, turnOf(account))
    if (salt === null || !(await hasLocalWays(account, needs.directory))) return null
    const now = clock.now()
    const audit = auditOf('backup_code_used', aboutAccount(account), by, now)
    const left = await backupCodeSets.use(account.id, hash, { audit, notices: backupCodeUsed(account, by, now) })
    return left === null ? null : { kind: 'backup_code', at: now }
  }
  return {
    check,
    look: ({ account, code, by }) => check(account, code.text, by),
    left: account => backupCodeSets.left(account.id),
    async pretend(text, turn) {
      const code = parseCode(text)
      if (code?.kind === 'backup') await hashOf(needs, code.text, nobodysSalt, turn)
    },
    async make(account, by) {
      if (!(await hasLocalWays(account, needs.directory))) return null
      const salt = random.bytes(saltBytes)
      const codes = Array.from({ length: codesOfSet }, () => newCode(random))
      const hashes: string[] = []
      for (const code of codes) hashes.push(await hashOf(needs, code, salt, turnOf(account)))
      const now = clock.now()
      const factor = factorOf(needs, salt, now)
      const audit = auditOf('backup_codes_made', aboutAccount(account), by, now, {
        factor: factor.id,
        count: codesOfSet,
      })
      const undo = undoable(by, { kind: 'factor_added', factorId: factor.id })
      const trail = { audit, notices: backupCodesMade(account, by, now), ...undo }
      return (await backupCodeSets.keep(account.id, factor, hashes, trail)) ? codes.map(inGroups) : null
    },
  }
}

/** For names without a set: the work is the same. */
const nobodysSalt = Buffer.alloc(saltBytes, 7)

/** Slow and then keyed: a copy of the store alone gives none of them away, and neither does the key alone. */
async function hashOf(
  { passwords, codeKey }: BackupCodesNeeds,
  code: string,
  salt: Buffer,
  turn: Turn,
): Promise<string> {
  const slow = await passwords.derive(code, salt, turn)
  return createHmac('sha256', codeKey).update('backup code ').update(slow).digest('base64url')
}

/** Whoever comes here has proved a password or holds a session. */
function turnOf({ id }: Account): Turn {
  return { lane: 'account', key: id }
}

/** 256 is a multiple of 32: each letter is equally likely. */
function newCode(random: Random): string {
  return Array.from(random.bytes(backupLength), byte => backupAlphabet[byte % 32]).join('')
}

function inGroups(code: string): string {
  return code.replace(/(.{4})(?=.)/g, '$1-')
}

function factorOf({ random, seal }: BackupCodesNeeds, salt: Buffer, now: number): Factor {
  const id = random.token(16)
  return {
    id,
    kind: 'backup_code',
    label: '',
    addedAt: now,
    sealedSecret: seal.close(salt.toString('base64url'), `factor:${id}`),
    lastStep: 0,
    setAsideAt: null,
    spare: false,
    credentialId: null,
  }
}

function saltOf({ seal }: BackupCodesNeeds, account: Account): Buffer | null {
  const factor = account.factors.find(({ kind, setAsideAt }) => kind === 'backup_code' && setAsideAt === null)
  if (factor === undefined || !waysOf(account).backupCodes) return null
  try {
    return Buffer.from(seal.open(factor.sealedSecret, `factor:${factor.id}`), 'base64url')
  } catch (cause) {
    throw new Fault('internal', { cause, detail: `the salt of factor ${factor.id} does not open` })
  }
}
