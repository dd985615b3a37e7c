import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Random } from '../lib/random.ts'
import type { Seal } from '../lib/seal.ts'
import type { Proof } from '../policy/facts.ts'
import type { Account, Factor, Factors } from './account.ts'
import { factorAdded, factorRemoved } from './account-notices.ts'
import type { CodeLook } from './attempt-codes.ts'
import type { Directory } from './directory.ts'
import { type Enrolment, enrolledFactor, openEnrolment, sealEnrolment, startEnrolment } from './enrolment.ts'
import { hasLocalWays } from './local-ways.ts'
import { aboutAccount, auditOf, type Origin } from './origin.ts'
import { undoable } from './session-change.ts'
import { type TotpSecret, totpSecret, totpStep } from './totp.ts'

export type { TotpSecret } from './totp.ts'

/** Second factors of people who are signed in, and the check of their codes everywhere. An administrator can remove one, never add one. */
export interface SecondFactors {
  /** Any confirmed factor that is not set aside; each time step once, also over several processes. */
  verifyTotp(account: Account, code: string): Promise<FactorCheck>
  /** The same, as one kind of code among others during a sign-in. */
  readonly look: CodeLook
  /** A new secret; `sealed` goes through the form and back, bound to the account, good for 15 minutes. */
  newTotp(account: Account): TotpSecret & { readonly sealed: string }
  /** The same secret again, for showing a form once more after a wrong code; null when it is `gone`. */
  showTotp(account: Account, sealed: string): TotpSecret | null
  addTotp(account: Account, sealed: string, code: string, label: string, by: Origin): Promise<FactorAdding>
  /** False when there is no such factor. */
  remove(account: Account, factorId: string, by: Origin): Promise<boolean>
  restore(account: Account, factorId: string, by: Origin): Promise<boolean>
}

export type FactorCheck = { readonly kind: 'proved'; readonly proof: Proof } | { readonly kind: 'wrong' }

/** `gone`: the sealed secret is too old, was used, or is not this account's. `refused`: accounts of an organization with single sign-on have no local factors. */
export type FactorAdding =
  | { readonly kind: 'added'; readonly factor: Factor }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'refused' }

export interface SecondFactorsNeeds {
  readonly factors: Factors
  readonly directory: Directory
  readonly seal: Seal
  readonly random: Random
  readonly clock: Clock
  /** The product's name in authenticator apps; read at each use, because a reload may change it. */
  readonly issuerName: string
}

export function createSecondFactors(needs: SecondFactorsNeeds): SecondFactors {
  const { factors, seal, random, clock } = needs
  const reopen = (account: Account, sealed: string) => liveEnrolment(needs, account, sealed)
  return {
    verifyTotp: (account, code) => verifyTotp(needs, account, code),
    async look({ account, code }) {
      const checked = code.kind === 'digits' ? await verifyTotp(needs, account, code.text) : null
      return checked?.kind === 'proved' ? checked.proof : null
    },
    newTotp(account) {
      const enrolment = startEnrolment(random, clock.now())
      const sealed = sealEnrolment(enrolment, contextOf(account), seal)
      return { ...totpSecret(enrolment.secret, account.email, needs.issuerName), sealed }
    },
    showTotp(account, sealed) {
      const enrolment = reopen(account, sealed)
      return enrolment === null ? null : totpSecret(enrolment.secret, account.email, needs.issuerName)
    },
    async addTotp(account, sealed, code, label, by) {
      if (!(await hasLocalWays(account, needs.directory))) return { kind: 'refused' }
      const enrolment = reopen(account, sealed)
      if (enrolment === null) return { kind: 'gone' }
      return confirmEnrolment(needs, { account, enrolment, code, label, by }, factors.add)
    },
    remove(account, factorId, by) {
      const now = clock.now()
      const factor = account.factors.find(({ id }) => id === factorId)
      if (factor === undefined) return Promise.resolve(false)
      const audit = auditOf('factor_removed', aboutAccount(account), by, now, { factor: factorId, kind: factor.kind })
      // The store adds what goes with it: backup codes and a spare phone do not outlive the last factor that they stand in for.
      const undo = undoable(by, { kind: 'factor_removed', factor, backupHashes: [] })
      return factors.remove(account.id, factorId, { audit, notices: factorRemoved(account, by, now, factor), ...undo })
    },
    restore(account, factorId, by) {
      const now = clock.now()
      const factor = account.factors.find(({ id }) => id === factorId)
      if (factor === undefined || factor.setAsideAt === null) return Promise.resolve(false)
      const audit = auditOf('factor_restored', aboutAccount(account), by, now, { factor: factorId })
      // For its owner it is one more that opens the account: whoever takes back what was set aside must not do so unheard.
      const notices = factorAdded(account, by, now, factor)
      const undo = undoable(by, { kind: 'factor_restored', factorId, setAsideAt: factor.setAsideAt })
      return factors.restore(account.id, factorId, { audit, notices, ...undo })
    },
  }
}

/** A form may lie open that long. */
const enrolmentMs = 15 * 60_000

function contextOf(account: Account): string {
  return `enrolment:${account.id}`
}

function liveEnrolment({ seal, clock }: SecondFactorsNeeds, account: Account, sealed: string): Enrolment | null {
  const enrolment = openEnrolment(sealed, contextOf(account), seal)
  return enrolment !== null && clock.now() < enrolment.startedAt + enrolmentMs ? enrolment : null
}

export interface Confirming {
  readonly account: Account
  readonly enrolment: Enrolment
  readonly code: string
  readonly label: string
  readonly by: Origin
}

/** Only a first code makes it a factor. Of many that confirm one enrolment at once, one does; the others find it gone. */
export async function confirmEnrolment(
  { seal, clock }: Pick<SecondFactorsNeeds, 'seal' | 'clock'>,
  { account, enrolment, code, label, by }: Confirming,
  add: Factors['add'],
): Promise<Exclude<FactorAdding, { kind: 'refused' }>> {
  const now = clock.now()
  const step = totpStep(enrolment.secret, code, now)
  if (step === null) return { kind: 'wrong' }
  const factor = enrolledFactor(enrolment, step, { label, now, seal })
  const audit = auditOf('factor_added', aboutAccount(account), by, now, { factor: factor.id, kind: factor.kind })
  const notices = factorAdded(account, by, now, factor)
  const undo = undoable(by, { kind: 'factor_added', factorId: factor.id })
  return (await add(account.id, factor, { audit, notices, ...undo })) ? { kind: 'added', factor } : { kind: 'gone' }
}

async function verifyTotp(needs: SecondFactorsNeeds, account: Account, code: string): Promise<FactorCheck> {
  if (!(await hasLocalWays(account, needs.directory))) return { kind: 'wrong' }
  const now = needs.clock.now()
  for (const factor of account.factors) {
    if (factor.kind !== 'totp' || factor.setAsideAt !== null) continue
    const step = totpStep(openSecret(factor, needs.seal), code, now)
    // A code that was seen over a shoulder or on the wire opens nothing: its step is taken by a compare-and-set of the store.
    if (step !== null && (await needs.factors.useStep(factor.id, step)))
      return { kind: 'proved', proof: { kind: 'totp', at: now } }
  }
  return { kind: 'wrong' }
}

function openSecret(factor: Factor, seal: Seal): string {
  try {
    return seal.open(factor.sealedSecret, `factor:${factor.id}`)
  } catch (cause) {
    throw new Fault('internal', { cause, detail: `the secret of factor ${factor.id} does not open` })
  }
}
