import type { Random } from '../lib/random.ts'
import type { Seal } from '../lib/seal.ts'
import type { Factor } from './account.ts'
import { newTotpSecret } from './totp.ts'

/** An authenticator app on its way to becoming a factor: it becomes one by its first code. */
export interface Enrolment {
  /** Of the factor to be, so that one enrolment never becomes two factors. */
  readonly factorId: string
  readonly secret: string
  readonly startedAt: number
}

export function startEnrolment(random: Random, now: number): Enrolment {
  return { factorId: random.token(16), secret: newTotpSecret(random), startedAt: now }
}

export function sealEnrolment(enrolment: Enrolment, context: string, seal: Seal): string {
  return seal.close(JSON.stringify(enrolment), context)
}

/** Null for what we did not seal for this context. */
export function openEnrolment(sealed: string, context: string, seal: Seal): Enrolment | null {
  try {
    // because only sealEnrolment seals under these contexts, and a changed text does not open
    return JSON.parse(seal.open(sealed, context)) as Enrolment
  } catch {
    return null
  }
}

/** `step`: the one its first code belonged to; it counts as used. */
export function enrolledFactor(
  enrolment: Enrolment,
  step: number,
  about: { label: string; now: number; seal: Seal },
): Factor {
  const { factorId: id, secret } = enrolment
  return {
    id,
    kind: 'totp',
    label: factorLabel(about.label),
    addedAt: about.now,
    sealedSecret: about.seal.close(secret, `factor:${id}`),
    lastStep: step,
    setAsideAt: null,
    spare: false,
    credentialId: null,
  }
}

/** It stands in mails and lists: one line, not too long. */
function factorLabel(label: string): string {
  const plain = label.normalize('NFC').replace(/\p{C}/gu, '').trim()
  return plain === '' ? 'Authenticator' : Array.from(plain).slice(0, 60).join('')
}
