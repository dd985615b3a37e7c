import { Fault } from '../lib/fault.ts'

export interface Passwords {
  /** Hashes a password that judgePassword has let through. Fault `busy` when too many wait. */
  hash(password: string): Promise<string>
  /** Null does the same work against a dummy and answers false. Fault `busy` when too many wait. */
  verify(hash: string | null, password: string): Promise<boolean>
}

/** `cores`: how many hashes are computed at the same time. */
export function createPasswords(_options: { cores: number }): Passwords {
  throw new Fault('not_implemented')
}
