import { Fault } from '../lib/fault.ts'

/**
 * Who may have how many passwords hashed at a time. Hashes wait in one queue (people/passwords.ts): whoever sends hundreds at once, from one
 * address or with one account, must not make everybody else wait behind them. Beyond that: Fault `busy`, for every name alike.
 */
export interface HashPlaces {
  ofAddress(key: string): Disposable
  /** Of somebody whom a session or a known device names. */
  ofAccount(name: string): Disposable
}

/** A quarter of those that may wait: an office whose browsers are all new still gets 70 a second through. */
const perAddress = 16
/** Two tabs. A change of password computes up to seven hashes. */
const perAccount = 2

export function createHashPlaces(): HashPlaces {
  const taken = new Map<string, number>()
  const take = (key: string, placesMax: number): Disposable => {
    const count = taken.get(key) ?? 0
    if (count >= placesMax) throw new Fault('busy', { retryAfterSeconds: 2 })
    taken.set(key, count + 1)
    return {
      [Symbol.dispose]() {
        const left = (taken.get(key) ?? 1) - 1
        if (left === 0) taken.delete(key)
        else taken.set(key, left)
      },
    }
  }
  return {
    ofAddress: key => take(`address ${key}`, perAddress),
    ofAccount: name => take(`account ${name}`, perAccount),
  }
}
