import { describe, expect, test } from 'vitest'
import { createTurns, type Turn } from '../../src/people/turns.ts'

const address = (key: string): Turn => ({ lane: 'address', key })
const account = (key: string): Turn => ({ lane: 'account', key })

/** Works that end when the test says so, in the order in which they got their places. */
function bench(places: number, waitingMax = 256, waitingMaxPerKey = 64) {
  const inTurn = createTurns({ places, waitingMax, waitingMaxPerKey })
  const begun: { who: string; end: () => void }[] = []
  return {
    begun,
    ask(turn: Turn, who = turn.key): Promise<string> {
      const work = () => new Promise<string>(resolve => begun.push({ who, end: () => resolve(who) }))
      return inTurn(turn, work).catch((fault: { code: string }) => fault.code)
    },
    /** Ends the oldest that runs, and lets the next one in. */
    async step(): Promise<void> {
      begun.shift()?.end()
      for (let i = 0; i < 10; i++) await Promise.resolve()
    },
  }
}

describe('places', () => {
  test('go round over those who ask: five addresses that flood let a sixth wait for one work of each', async () => {
    const { ask, step, begun } = bench(1)
    for (let i = 0; i < 16; i++) for (let flooder = 1; flooder <= 5; flooder++) void ask(address(`flooder ${flooder}`))
    const person = ask(address('person'))
    let works = 0
    while (begun[0]?.who !== 'person') {
      await step()
      works++
    }
    // Of the one that runs, and of each of the five.
    expect(works).toBeLessThanOrEqual(6)
    await step()
    expect(await person).toBe('person')
  })

  test('alternate between known people and addresses: a thousand addresses let a known device wait for two works', async () => {
    const { ask, step, begun } = bench(1, 2_000)
    for (let i = 0; i < 1_000; i++) void ask(address(`address ${i}`))
    const owner = ask(account('owner'))
    let works = 0
    while (begun[0]?.who !== 'owner') {
      await step()
      works++
    }
    expect(works).toBeLessThanOrEqual(2)
    await step()
    expect(await owner).toBe('owner')
  })

  test('are as many as there are cores, and each is handed on', async () => {
    const { ask, step, begun } = bench(2)
    const asked = Array.from({ length: 5 }, (_, i) => ask(address(`${i}`)))
    expect(begun).toHaveLength(2)
    for (let i = 0; i < 5; i++) await step()
    expect(await Promise.all(asked)).toEqual(['0', '1', '2', '3', '4'])
    void ask(address('later'))
    expect(begun).toHaveLength(1)
  })

  test('of one key are in the order of asking', async () => {
    const { ask, step, begun } = bench(1)
    for (const who of ['first', 'second', 'third']) void ask(address('one'), who)
    const order = []
    for (let i = 0; i < 3; i++) {
      order.push(begun[0]?.who)
      await step()
    }
    expect(order).toEqual(['first', 'second', 'third'])
  })

  test('come back from a work that failed', async () => {
    const inTurn = createTurns({ places: 1, waitingMax: 10, waitingMaxPerKey: 5 })
    await expect(inTurn(address('a'), () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(await inTurn(address('a'), async () => 'works')).toBe('works')
  })
})

describe('the queue', () => {
  test('takes so many of one key and refuses the next as busy', async () => {
    const { ask } = bench(1, 100, 3)
    for (let i = 0; i < 4; i++) void ask(address('one'))
    expect(await ask(address('one'))).toBe('busy')
    const other = ask(address('other'))
    expect(await Promise.race([other, Promise.resolve('waits')])).toBe('waits')
  })

  test('that is full makes room at the cost of whoever has most of it, not of who comes', async () => {
    const { ask, step, begun } = bench(1, 8, 8)
    const flood = Array.from({ length: 9 }, (_, i) => ask(address('flooder'), `${i}`))
    const person = ask(address('person'))
    expect(await flood[8]).toBe('busy')
    await step()
    await step()
    expect(begun[0]?.who).toBe('person')
    await step()
    expect(await person).toBe('person')
  })

  test('full of single ones refuses the next: nobody has more than their share', async () => {
    const { ask } = bench(1, 4, 4)
    for (let i = 0; i < 5; i++) void ask(address(`${i}`))
    expect(await ask(address('late'))).toBe('busy')
  })
})
