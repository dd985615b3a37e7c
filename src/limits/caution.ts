/**
 * How carefully a try to sign in is to be met. Known devices and quiet times: `none`. `slow`: the answer waits. `code`: whatever was
 * typed, the next page asks for a code, and only who typed the right password is sent one. `refuse`: reads like a wrong password.
 */
export type Caution = 'none' | Raised
export type Raised = 'slow' | 'code' | 'refuse'

/** From the least to the most. */
export const cautions: readonly Caution[] = ['none', 'slow', 'code', 'refuse']

export function rank(caution: Caution): number {
  return cautions.indexOf(caution)
}
