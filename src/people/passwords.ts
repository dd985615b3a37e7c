import * as argon2 from '@node-rs/argon2'
import { Fault } from '../lib/fault.ts'
import { isTooLong } from './password-rules.ts'

export interface Passwords {
  /** Hashes a password that judgePassword has let through. Fault `busy` when too many wait. */
  hash(password: string): Promise<string>
  /** Null does the same work against a dummy and answers false. Fault `busy` when too many wait. */
  verify(hash: string | null, password: string): Promise<boolean>
}

/** `cores`: how many hashes are computed at the same time. */
export function createPasswords({ cores }: { cores: number }): Passwords {
  const inTurn = createTurns(cores, queueMax)
  return {
    async hash(password) {
      const text = password.normalize('NFC')
      if (isTooLong(text)) throw new Fault('invalid_input', { detail: 'a password that was not judged' })
      return inTurn(() => argon2.hash(text, cost))
    },
    async verify(hash, password) {
      const text = password.normalize('NFC')
      // Nobody has such a password, and everybody is told so equally fast.
      if (isTooLong(text)) return false
      const matches = await inTurn(() => argon2.verify(hash ?? dummy, text))
      return matches && hash !== null
    },
  }
}

/** OWASP password storage, argon2id, first choice of memory: 19 MiB, two passes, one lane; about 26 ms of one core. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 }

/** The hash of "nobody has this password" at the same cost, so that a name without a password costs the same. */
const dummy = '$argon2id$v=19$m=19456,t=2,p=1$NbL55RbckRQRfs3K+k5OfA$O9vJErgRbdzQkKpCJJo8VIhltKH5I1QV0Zlm9m++jpY'

/** Each waits 26 ms for every `cores` before it: at two cores the last of 64 waits about a second. More would answer nobody in time. */
const queueMax = 64

/** Runs at most `places` works at once and lets `waitingMax` wait: libuv's threads also serve files and DNS, and must not be all taken. */
function createTurns(places: number, waitingMax: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = []
  let free = places
  return async work => {
    if (free > 0) free--
    else if (waiting.length >= waitingMax) throw new Fault('busy', { retryAfterSeconds: 2 })
    // The one that finishes hands its place over, so that nobody who comes later slips in between.
    else await new Promise<void>(resolve => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free++
      else next()
    }
  }
}
