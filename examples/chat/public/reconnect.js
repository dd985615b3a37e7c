// What a closed WebSocket means, and when to come back. Pure, so that a table of tests can hold it.

/**
 * The gateway closes with codes a page can read (browsers hide the status of a refused handshake): 4401 sign in, 4403 not allowed,
 * 4429 too many. 1001 and 1012 come with a restart. All who were cut at once must not come back at once: waits are spread by chance.
 * @param {number} code
 * @param {number} attempt how many tries in a row have failed, from 0
 * @param {() => number} random from 0 to 1
 */
export function planReturn(code, attempt, random) {
  if (code === 4401) return { kind: 'sign_in' }
  if (code === 4403) return { kind: 'refused' }
  if (code === 4429) return { kind: 'retry', state: 'tooMany', waitMs: spread(10_000, 30_000, random) }
  if (code === 1001 || code === 1012)
    return {
      kind: 'retry',
      state: 'restarting',
      waitMs: attempt === 0 ? spread(300, 5_000, random) : backOff(attempt, random),
    }
  return { kind: 'retry', state: 'lost', waitMs: backOff(attempt, random) }
}

function backOff(attempt, random) {
  const ceiling = Math.min(30_000, 1_000 * 2 ** attempt)
  return spread(ceiling / 2, ceiling, random)
}

function spread(from, to, random) {
  return from + (to - from) * random()
}
