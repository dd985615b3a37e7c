import type { LeakRules } from '../../src/people/leak-rules.ts'
import { createLeakedPasswords, type LeakList, type LeakSource, sha1Of } from '../../src/people/leaked-passwords.ts'

/** The real look-up over a list that a test holds in its hand. It is off until a password is put into it. */
export function createLeakList() {
  const counts = new Map<string, number>()
  const looked: string[] = []
  const state = { away: false, rules: { mode: 'mail', whenUnavailable: 'allow' } as LeakRules }
  let source: LeakSource = { kind: 'off' }
  const list: LeakList = {
    async count(sha1) {
      looked.push(sha1)
      if (state.away) throw new Error('away')
      return counts.get(sha1) ?? 0
    },
    probe: async () => ({}),
    async [Symbol.asyncDispose]() {},
  }
  const leaked = createLeakedPasswords({
    get source() {
      return source
    },
    open: ({ kind }) => (kind === 'off' ? null : list),
    onTrouble: () => {},
  })
  return {
    ...leaked,
    /** Hashes that were looked up, whoever asked. */
    looked,
    state,
    add(password: string, count = 1) {
      source = { kind: 'file', path: 'in the hand of a test' }
      counts.set(sha1Of(password.normalize('NFC')), count)
    },
    remove: (password: string) => void counts.delete(sha1Of(password.normalize('NFC'))),
  }
}
