import type { Trail } from './trail.ts'

/**
 * A right password was used inside an attack, from a device that the account does not know. From then on every sign-in from such a device
 * waits for a mailed code, also when the attack is over: the password is in wrong hands until its owner says otherwise.
 */
export interface Hold {
  /** `cause`: the threat that stood then, as `threat:<id>`. */
  readonly held: { readonly at: number; readonly cause: string }
  /** Left behind by the one that holds the account, and by no other: so its owner is told once. */
  readonly trail: Trail
}
