import type { Organization } from './organization.ts'
import type { Trail } from './trail.ts'

/** Changes of an organization's rules that must not overtake each other. */
export interface RuleChanges {
  /** Compare and set: null, and nothing done, when its rules are not those of `from` any more, or it is gone. */
  replace(change: RuleChange, trail: Trail): Promise<RulesReplaced | null>
}

export interface RuleChange {
  /** As it stands from now on: name, rules, and who manages it. */
  readonly organization: Organization
  /** What was looked at. */
  readonly from: Organization['rules']
  /**
   * What ends in the same transaction. `local`: of every account that `spares` does not name, the sessions for which no identity provider
   * vouched, attempts, reset tickets, hand-over codes, one-time codes and reset flags. `provider`: the sessions for which one did.
   * `both`: where what vouched before need not be what vouches from now on.
   */
  readonly ends: 'nothing' | 'local' | 'provider' | 'both'
  /** E-mail addresses of the accounts that keep their local ways. */
  readonly spares: readonly string[]
}

export interface RulesReplaced {
  /** Portal sessions that ended. */
  readonly sessions: number
  /** Reset flags that were taken back. */
  readonly resets: number
}
