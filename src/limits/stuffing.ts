import type { SignInTry } from './regulation.ts'

/**
 * How carefully a try to sign in is to be met. Known devices and quiet times: `none`. `slow`: the answer waits. `code`: whatever was
 * typed, the next page asks for a code, and only who typed the right password is sent one. `refuse`: reads like a wrong password.
 */
export type Caution = 'none' | 'slow' | 'code' | 'refuse'

/** A try as the detection of credential stuffing sees it. */
export interface SignInSample extends SignInTry {
  /** How many signs of a program the request bears (portal/automation-signs.ts). */
  readonly signs: number
}

export type SampleOutcome = {
  readonly kind: 'wrong' | 'right'
  /** The password that was tried stands in the list of leaked ones. */
  readonly leaked: boolean
}

/** Windows over the tries to sign in; raises its caution when they look like credential stuffing, and lowers it by itself. */
export interface Stuffing {
  /** Asked before anything is verified, and the same for every name. `delayMs`: how long the answer shall wait, 0 to 4,000. */
  judge(sample: SignInSample): { readonly caution: Caution; readonly delayMs: number }
  record(sample: SignInSample, outcome: SampleOutcome): void
}
