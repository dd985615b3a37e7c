import { describe, expect, test } from 'vitest'
import { createDistinctRing } from '../../src/limits/distinct-ring.ts'
import { createGenerations } from '../../src/limits/generations.ts'
import { addressOf, type Crowd, gather, numbers, signIn } from './stuffing-crowds.ts'

const minute = 60_000
const hour = 60 * minute
const rightShare = 0.005

describe('100,000 stolen pairs from 10,000 addresses, while 200 people sign in', () => {
  for (const perSecond of [5, 20, 100]) {
    test(`at ${perSecond} a second: fewer than one in a hundred right pairs pass before a code is asked for, addresses that look like it are refused, and nobody real is`, () => {
      const crowd = gather(perSecond)
      const { passed, right, met, metByPeople, knownMet } = attack(crowd, perSecond)

      expect(right).toBeGreaterThan(400)
      expect(passed / right).toBeLessThan(0.01)
      expect(crowd.changes.map(({ to }) => to)).toEqual(['slow', 'code', 'refuse'])
      expect(met.filter(each => each === 'refuse').length).toBeGreaterThan(30_000)
      expect(metByPeople.filter(each => each === 'refuse').length / metByPeople.length).toBeLessThan(0.005)
      expect(new Set(knownMet)).toEqual(new Set(['none']))
    })
  }
})

describe('peaceful crowds', () => {
  test('an office of 50 that all mistype at once raises nothing', () => {
    const crowd = gather()
    const office = Array.from({ length: 50 }, (_, i) => ({ name: `office-${i}`, address: '198.51.100.7' }))

    for (let round = 0; round < 3; round++) for (const who of office) crowd.tries({ ...who, right: false })

    expect(crowd.stuffing.caution).toBe('none')
    const met = office.map(who => crowd.tries({ ...who, right: true }))
    expect(new Set(met)).toEqual(new Set(['none']))
  })

  test('nine offices in which everybody mistypes raise nothing; twelve lead to no code', () => {
    for (const [offices, expected] of [
      [9, 'none'],
      [12, 'slow'],
    ] as const) {
      const crowd = gather()
      for (let i = 0; i < offices * 10; i++)
        crowd.tries({ name: `person-${i}`, address: `198.51.100.${i % offices}`, right: false })
      expect(crowd.stuffing.caution).toBe(expected)
    }
  })

  test('a Monday morning on new devices raises nothing: 3,000 people in 30 minutes, every tenth mistypes', () => {
    const crowd = gather()

    for (let i = 0; i < 3_000; i++) {
      signIn(crowd, { name: `person-${i}`, address: homeOf(i) }, 0.1)
      crowd.clock.advance(600)
    }

    expect(crowd.changes).toEqual([])
  })

  test('a botched roll-out of a password manager raises nothing: 2,000 people, of whom 30 % fail and give up', () => {
    const crowd = gather()

    for (let i = 0; i < 2_000; i++) {
      const who = { name: `person-${i}`, address: homeOf(i) }
      if (crowd.chance() < 0.3) for (let tries = 0; tries < 4; tries++) crowd.tries({ ...who, right: false })
      else signIn(crowd, who, 0.1)
      crowd.clock.advance(1_500)
    }

    expect(crowd.changes).toEqual([])
  })

  test('a family that mistypes all evening raises nothing', () => {
    const crowd = gather()

    for (let i = 0; i < 400; i++) {
      crowd.tries({ name: `family-${i % 4}`, address: '198.51.100.9', right: false })
      crowd.clock.advance(20_000)
    }

    expect(crowd.changes).toEqual([])
  })
})

describe('when it is over', () => {
  test('caution falls step by step by itself, and not at once', () => {
    const crowd = gather()
    strike(crowd, 0, 2_000)
    expect(crowd.stuffing.caution).toBe('refuse')

    pass(crowd, 20 * minute)
    expect(crowd.stuffing.caution).toBe('refuse')
    pass(crowd, 2 * hour)

    expect(crowd.stuffing.caution).toBe('none')
    expect(crowd.changes.slice(3).map(({ from, to }) => `${from} to ${to}`)).toEqual([
      'refuse to code',
      'code to slow',
      'slow to none',
    ])
  })

  test('an attacker who pauses until it has fallen gets a quarter of the tries at most', () => {
    const crowd = gather()
    strike(crowd, 0, 2_000)
    pass(crowd, 3 * hour)
    expect(crowd.stuffing.caution).toBe('none')

    strike(crowd, 2_000, numbers.names.code / 4 + 5)

    expect(crowd.stuffing.caution).toBe('code')
  })

  test('an attacker who goes on slowly keeps it up', () => {
    const crowd = gather()
    strike(crowd, 0, 300)
    for (let i = 300; i < 600; i++) {
      strike(crowd, i, 1)
      pass(crowd, minute)
    }
    expect(['code', 'refuse']).toContain(crowd.stuffing.caution)
  })

  test('an attack that comes back from the same addresses for hours keeps it up to its end', () => {
    const crowd = gather()
    let passed = 0
    for (let i = 0; i < 100_000; i++) {
      const right = i % 200 === 0
      const caution = crowd.tries({ name: `leaked-${i}`, address: addressOf(i % 10_000), right })
      if (right && (caution === 'none' || caution === 'slow')) passed++
      crowd.clock.advance(220)
    }
    expect(passed).toBeLessThan(5)
  })

  test('an attacker who takes a minute for each pair is noticed within six hours', () => {
    const crowd = gather()
    for (let i = 0; i < 350 && crowd.stuffing.caution !== 'code'; i++) {
      strike(crowd, i, 1)
      pass(crowd, minute)
    }
    expect(crowd.stuffing.caution).toBe('code')
  })
})

describe('who is met with what', () => {
  test('a known device is never met with anything, whatever goes on', () => {
    const crowd = gather()
    strike(crowd, 0, 2_000)
    expect(crowd.tries({ name: 'owner', address: addressOf(1), right: true, known: true })).toBe('none')
  })

  test('an unknown device meets a code during an attack, whether the name exists and the password is right or not', () => {
    const crowd = gather()
    strike(crowd, 0, 2_000)
    for (const right of [true, false])
      expect(crowd.tries({ name: `somebody-${right}`, address: '203.0.113.9', right })).toBe('code')
  })

  test('an address from which somebody signed in on a known device is not refused, even if the attack comes through it', () => {
    const crowd = gather()
    strike(crowd, 0, 2_000)
    const names = Array.from({ length: 30 }, (_, i) => `more-${i}`)
    for (const name of names) crowd.tries({ name, address: '198.51.100.7', right: false })
    expect(crowd.tries({ name: 'last', address: '198.51.100.7', right: false })).toBe('refuse')

    crowd.tries({ name: 'owner', address: '198.51.100.7', right: true, known: true })

    expect(crowd.tries({ name: 'last', address: '198.51.100.7', right: false })).toBe('code')
  })

  test('addresses of a /48 that has failed with many names are refused, fresh ones too; neighbours of a few mistypers are not', () => {
    const crowd = gather()
    strike(crowd, 0, 2_000)
    for (let i = 0; i < 40; i++)
      crowd.tries({ name: `in-prefix-${i}`, address: `2001:db9:1:${i + 1}::/64`, right: false })
    for (let i = 0; i < 5; i++) crowd.tries({ name: `mistyper-${i}`, address: `192.0.2.${i}`, right: false })

    expect(crowd.tries({ name: 'one-more', address: '2001:db9:1:ffff::/64', right: false })).toBe('refuse')
    expect(crowd.tries({ name: 'neighbour', address: '192.0.2.77', right: false })).toBe('code')
  })

  test('an office on new browsers, in which every third mistypes, is not refused in the midst of an attack', () => {
    const crowd = gather()
    strike(crowd, 0, 2_000)
    const met = Array.from({ length: 60 }, (_, i) =>
      crowd.tries({ name: `office-${i}`, address: '198.51.100.7', right: i % 3 !== 0, confirms: true }),
    )
    expect(new Set(met)).toEqual(new Set(['code']))
  })

  test('an address is refused after as many made-up names behind a right password that nobody confirmed as behind a wrong one', () => {
    const untilRefused = (right: boolean) => {
      const crowd = gather()
      strike(crowd, 0, 2_000)
      crowd.tries({ name: 'candidate', address: '198.51.100.9', right })
      for (let i = 1; i < 64; i++)
        if (crowd.tries({ name: `made-up-${i}`, address: '198.51.100.9', right: false }) === 'refuse') return i
      return null
    }
    expect(untilRefused(true)).toBe(untilRefused(false))
    expect(untilRefused(true)).not.toBe(null)
  })

  test('what bears the signs of a program is refused during an attack by programs', () => {
    const crowd = gather()
    strike(crowd, 0, 1_000, { signs: 3 })
    expect(crowd.tries({ name: 'x', address: '192.0.2.200', right: false, signs: 3 })).toBe('refuse')
    expect(crowd.tries({ name: 'x', address: '192.0.2.201', right: false, signs: 0 })).toBe('code')
  })

  test('leaked passwords tell an attack apart that hides in a crowd three times its size', () => {
    const crowd = gather()
    for (let i = 0; i < 1_000 && crowd.stuffing.caution !== 'code'; i++) {
      strike(crowd, i, 1, { leaked: true })
      for (let j = 0; j < 3; j++) signIn(crowd, { name: `person-${i}-${j}`, address: homeOf(3 * i + j) }, 0.1)
      crowd.clock.advance(2_000)
    }
    expect(crowd.stuffing.caution).toBe('code')
  })
})

describe('a false alarm', () => {
  test('that an operator undoes is calm at once, and the same evidence does not raise it again', () => {
    const crowd = gather()
    strike(crowd, 0, 200)
    crowd.stuffing.undo()
    expect(crowd.stuffing.caution).toBe('none')

    strike(crowd, 200, 500)

    expect(crowd.stuffing.caution).toBe('none')
    strike(crowd, 700, 1_500)
    expect(crowd.stuffing.caution).not.toBe('none')
  })

  test('does not count against a real attack a day later', () => {
    const crowd = gather()
    strike(crowd, 0, 200)
    crowd.stuffing.undo()
    pass(crowd, 7 * hour)
    strike(crowd, 1_000, 150)
    expect(crowd.stuffing.caution).toBe('code')
  })
})

describe('memory', () => {
  test('is bounded whatever is sent, and what was sent long ago is forgotten', () => {
    let now = 0
    const table = createGenerations({ keysMax: 100, lifetimeMs: hour, now: () => now, create: () => 0 })
    for (let i = 0; i < 100_000; i++) table.take(`key ${i}`)
    expect(table.size).toBeLessThanOrEqual(200)
    expect(table.find('key 99999')).toBe(0)
    expect(table.find('key 0')).toBe(undefined)

    for (let i = 0; i < 100; i++) table.take(`more ${i}`)
    table.take('kept')
    now = hour
    expect(table.find('kept')).toBe(0)
    now = 2 * hour
    expect(table.find('kept')).toBe(undefined)
    now = 4 * hour
    table.take('later')
    expect([...table.values()]).toEqual([['later', 0]])
  })

  test('distinct things are counted within a few in a hundred, and forgotten stretch by stretch', () => {
    const { chance } = gather(7)
    const ring = createDistinctRing(2)
    const add = (count: number) => {
      for (let i = 0; i < count; i++) ring.add(Math.floor(chance() * 2 ** 32))
    }
    for (const count of [80, 720, 9_200]) {
      const before = ring.count
      add(count)
      expect(Math.abs(ring.count - before - count) / count).toBeLessThan(0.05)
    }
    ring.turn()
    add(100)
    ring.turn()
    expect(ring.count).toBeGreaterThan(95)
    expect(ring.count).toBeLessThan(105)
    ring.turn()
    expect(ring.count).toBe(0)
  })
})

describe('how long an answer waits', () => {
  const sample = { name: 'a', address: '192.0.2.1', signs: 0, deviceLane: 'unknown' } as const

  test('not at all below half of a budget, then a quarter of a second, doubling to four', () => {
    const { stuffing } = gather()
    const delays = [0, 0.49, 0.5, 0.63, 0.75, 0.88, 1].map(used => stuffing.judge({ ...sample, used }).delayMs)
    expect(delays).toEqual([0, 0, 250, 500, 1_000, 2_000, 4_000])
  })

  test('no longer for a spent budget where no answer tells a right password, which gives its budgets back', () => {
    const crowd = gather()
    strike(crowd, 0, 100)
    expect(crowd.stuffing.caution).toBe('code')
    const delays = [0, 0.5, 0.9, 1].map(used => crowd.stuffing.judge({ ...sample, used }).delayMs)
    expect(delays).toEqual([500, 500, 500, 500])
  })

  test('longer with each step of caution, and never on a known device', () => {
    const crowd = gather()
    strike(crowd, 0, 100)
    expect(crowd.stuffing.judge(sample).delayMs).toBe(500)
    expect(crowd.stuffing.judge({ ...sample, used: 1, deviceLane: 'known-device' }).delayMs).toBe(0)
  })
})

function homeOf(i: number): string {
  return `100.${64 + (i >>> 16)}.${(i >>> 8) & 255}.${i & 255}`
}

/** So many pairs of an attacker, each from an address of its own, ten a second. */
function strike(crowd: Crowd, from: number, count: number, more: { leaked?: boolean; signs?: number } = {}): void {
  for (let i = from; i < from + count; i++) {
    crowd.tries({ name: `leaked-${i}`, address: addressOf(i), right: false, ...more })
    if (count > 1) crowd.clock.advance(100)
  }
}

/** Time in which nobody comes; whoever owns the detection looks after it. */
function pass(crowd: Crowd, ms: number): void {
  for (let passed = 0; passed < ms; passed += 10_000) {
    crowd.clock.advance(10_000)
    crowd.stuffing.look()
  }
}

/** The shape of the drill: people's sign-ins are spread over the attack; 50 of them behind one address, every fifth mistypes. */
function attack(crowd: Crowd, perSecond: number) {
  const { chance, clock } = crowd
  const met: string[] = []
  const metByPeople: string[] = []
  const knownMet: string[] = []
  let passed = 0
  let right = 0
  for (let i = 0; i < 100_000; i++) {
    const isRight = chance() < rightShare
    const caution = crowd.tries({
      name: `leaked-${i}`,
      address: addressOf(Math.floor(chance() * 10_000)),
      right: isRight,
      leaked: true,
    })
    met.push(caution)
    if (isRight) right++
    if (isRight && (caution === 'none' || caution === 'slow')) passed++
    if (i % 500 === 0) {
      const person = i / 500
      const address = person % 4 === 0 ? '198.51.100.7' : `203.0.113.${person}`
      const known = person % 3 === 0
      const who = { name: `person-${person}`, address, known }
      for (const caution of signIn(crowd, who, 0.2)) (known ? knownMet : metByPeople).push(caution)
    }
    if (i % perSecond === 0) clock.advance(1_000)
  }
  return { met, metByPeople, knownMet, passed, right }
}
