import { expect, test } from 'vitest'
import { startBeat } from '../../src/lib/clock.ts'

test('an answer on the beat never leaves before a whole beat has passed, however little there was to do', async () => {
  const startedMs = performance.now()
  const beat = startBeat(20)
  await beat()
  // Timers may fire a millisecond or two early.
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(18)
})

test('work that outlasts a beat leaves on the next one, not at once', async () => {
  const startedMs = performance.now()
  const beat = startBeat(20)
  while (performance.now() - startedMs < 21);
  await beat()
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(38)
})
