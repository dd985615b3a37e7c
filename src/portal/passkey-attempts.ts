import { describeAgent } from '../people/device.ts'
import type { Passkeys } from '../people/passkeys.ts'
import type { CodeCheck, SignIn } from '../people/sign-in.ts'
import type { RunningAttempt } from './entry.ts'
import { ceremonyOf } from './passkey-ceremony.ts'
import type { PasskeyGuard } from './passkey-guard.ts'
import { agentOf, originOf, type Visit } from './visit.ts'

/** Passkeys within a sign-in under way: one that the account has, as second factor; or a new one, as its first. Each costs one try. */
export interface AttemptPasskeys {
  prove(visit: Visit, running: RunningAttempt, answer: string): Promise<CodeCheck>
  /** The challenge is what says that the walk asked for this: none is made before (routes/passkeys.ts). */
  enrol(visit: Visit, running: RunningAttempt, answer: string, label: string | null): Promise<CodeCheck>
}

export interface AttemptPasskeysNeeds {
  readonly passkeys: Pick<Passkeys, 'prove' | 'add'>
  readonly passkeyGuard: Pick<PasskeyGuard, 'judge'>
  readonly signIn: Pick<SignIn, 'proveBy'>
}

export function createAttemptPasskeys({ passkeys, passkeyGuard, signIn }: AttemptPasskeysNeeds): AttemptPasskeys {
  return {
    prove: (visit, { attempt, account }, answer) =>
      signIn.proveBy(attempt, async () => {
        const ceremony = ceremonyOf(visit, 'second_factor')
        if (ceremony === null) return null
        const proved = await passkeyGuard.judge(visit, passkeys.prove(answer, ceremony, account.id))
        return proved?.proof ?? null
      }),
    enrol: (visit, { attempt, account }, answer, label) =>
      signIn.proveBy(attempt, async () => {
        const ceremony = ceremonyOf(visit, 'enrol_first')
        if (ceremony === null) return null
        const by = originOf(visit, account.id)
        const name = label ?? defaultLabel(visit)
        const added = await passkeys.add({ account, answer, ceremony, label: name, by, first: true })
        return added.kind === 'added' ? { kind: 'passkey', at: added.factor.addedAt } : null
      }),
  }
}

/** Where it was made: "Chrome on Windows". */
export function defaultLabel(visit: Visit): string {
  return describeAgent(agentOf(visit.head)).label
}
