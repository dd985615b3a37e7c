import { describe, expect, test } from 'vitest'
import { createCodeBudgets } from '../../src/limits/code-budgets.ts'
import { createMailBudgets } from '../../src/limits/mail-budgets.ts'
import { createMemoryCounters } from '../../src/limits/memory-counter.ts'
import { createRegulation, type Regulation, type SignInTries, type SignInTry } from '../../src/limits/regulation.ts'
import { createTestClock } from '../support/test-clock.ts'

const hour = 3_600_000
const tries: SignInTries = {
  address: { triesMax: 5, windowMs: hour },
  prefix: { triesMax: 25, windowMs: hour },
  account: { triesMax: 20, windowMs: hour },
  accountKnownDevice: { triesMax: 4, windowMs: hour / 4 },
  pair: { triesMax: 10, windowMs: hour },
  consecutiveFailuresMax: 100,
}

describe('guessing one password', () => {
  test('from one address ends after ten tries, and says until when', async () => {
    const { regulation, clock } = start()

    const kinds = await failTimes(regulation, 12, () => guess())

    expect(kinds.slice(0, 10)).toEqual(Array(10).fill('open'))
    expect(await regulation.ask(guess())).toEqual({ kind: 'closed', untilMs: clock.now() + hour, budget: 'pair' })
  })

  test('goes on after the time has passed, and not before', async () => {
    const { regulation, clock } = start()
    await failTimes(regulation, 10, () => guess())

    clock.advance(hour - 1)
    expect((await regulation.ask(guess())).kind).toBe('closed')
    clock.advance(1)
    expect((await regulation.ask(guess())).kind).toBe('open')
  })

  test('from ever new addresses ends after twenty', async () => {
    const { regulation } = start()
    const kinds = await failTimes(regulation, 30, i => guess({ address: `2001:db8:${i}::/64` }))
    expect(kinds.filter(kind => kind === 'open')).toHaveLength(20)
  })

  test('hour after hour ends after fifty failures in a row, half of what NIST allows, until the right password', async () => {
    const { regulation, clock } = start()
    let open = 0
    for (let hours = 0; hours < 12; hours++) {
      const kinds = await failTimes(regulation, 30, i => guess({ address: `2001:db8:${hours}:${i}::/64` }))
      open += kinds.filter(kind => kind === 'open').length
      clock.advance(hour)
    }

    expect(open).toBe(50)
    expect(await regulation.ask(guess())).toMatchObject({ kind: 'closed', untilMs: Number.POSITIVE_INFINITY })
    await succeed(regulation, guess({ deviceLane: 'known-device' }))
    expect((await regulation.ask(guess())).kind).toBe('open')
  })

  test('a name that nobody has is counted like any other', async () => {
    const { regulation } = start()
    const kinds = await failTimes(regulation, 12, () => guess({ name: 'nobody@nowhere.example' }))
    expect(kinds).toEqual([...Array(10).fill('open'), 'closed', 'closed'])
  })

  test('the right password begins the count anew', async () => {
    const { regulation } = start()
    await failTimes(regulation, 9, () => guess())
    await succeed(regulation, guess())
    expect(await failTimes(regulation, 11, () => guess())).toEqual([...Array(10).fill('open'), 'closed'])
  })

  test('a try that never comes to an end counts as wrong', async () => {
    const { regulation } = start()
    for (let i = 0; i < 10; i++) await regulation.ask(guess())
    expect((await regulation.ask(guess())).kind).toBe('closed')
  })

  test('a try that could not be verified is given back', async () => {
    const { regulation } = start()
    for (let i = 0; i < 50; i++) {
      expect((await regulation.ask(guess())).kind).toBe('open')
      await regulation.withdrawn(guess())
    }
    expect(await regulation.explain({ name: alice, address: home })).toEqual([])
  })
})

describe('fifty guesses side by side', () => {
  test('with a budget of ten lead to exactly ten verifications, two hundred rounds', async () => {
    for (let round = 0; round < 200; round++) {
      const { regulation } = start()
      let verifications = 0
      const guessOnce = async () => {
        if ((await regulation.ask(guess())).kind === 'closed') return
        verifications += 1
        await Promise.resolve()
        await regulation.failed(guess())
      }

      await Promise.all(Array.from({ length: 50 }, guessOnce))

      expect(verifications).toBe(10)
    }
  })

  test('over many accounts charge the address for no more of them than its budget', async () => {
    const { regulation } = start()
    const kinds = await Promise.all(
      Array.from({ length: 50 }, (_, i) => regulation.ask(guess({ name: `${i % 25}@example.com` }))),
    )
    expect(kinds.filter(({ kind }) => kind === 'open').length).toBeLessThanOrEqual(5)
  })

  test('that are all refused leave nothing spent behind', async () => {
    const { regulation } = start()
    await failTimes(regulation, 10, () => guess())

    await Promise.all(Array.from({ length: 50 }, () => regulation.ask(guess())))

    const counts = await regulation.explain({ name: alice, address: home })
    expect(Object.fromEntries(counts.map(({ budget, count }) => [budget, count]))).toEqual({
      consecutive: 10,
      account: 10,
      pair: 10,
      address: 1,
    })
  })

  test('right ones among them give back what they spent, once', async () => {
    const { regulation } = start()
    const both = [guess(), guess()]
    await failTimes(regulation, 1, () => guess({ name: 'bob@example.com' }))
    await Promise.all(both.map(attempt => regulation.ask(attempt)))
    await Promise.all(both.map(attempt => regulation.succeeded(attempt)))

    expect(await regulation.explain({ address: home })).toMatchObject([{ budget: 'address', count: 1 }])
  })
})

describe('an address', () => {
  test('is no longer charged for a try that is given back, whatever was refused in between', async () => {
    const { regulation } = start()
    await regulation.ask(guess())
    await failTimes(regulation, 4, i => guess({ name: `${i}@example.com` }))
    for (let i = 0; i < 3; i++) expect((await regulation.ask(guess())).kind).toBe('closed')

    await regulation.withdrawn(guess())

    expect(await regulation.explain({ address: home })).toMatchObject([{ budget: 'address', count: 4 }])
  })

  test('is weighed by distinct accounts: guessing at many ends soon', async () => {
    const { regulation } = start()
    const kinds = await failTimes(regulation, 8, i => guess({ name: `${i}@example.com` }))
    expect(kinds).toEqual([...Array(5).fill('open'), 'closed', 'closed', 'closed'])
  })

  test('that is closed is closed for the accounts it was charged for as well', async () => {
    const { regulation } = start()
    await failTimes(regulation, 5, i => guess({ name: `${i}@example.com` }))
    expect((await regulation.ask(guess({ name: '0@example.com' }))).kind).toBe('closed')
  })

  test('of an office, where many mistype and then get in, stays open', async () => {
    const { regulation } = start()
    for (let i = 0; i < 200; i++) {
      const person = guess({ name: `person${i}@example.com` })
      expect(await failTimes(regulation, 2, () => person)).toEqual(['open', 'open'])
      await succeed(regulation, person)
    }
    expect(await regulation.explain({ address: home })).toEqual([])
  })

  test('where one person mistypes ten times is charged once', async () => {
    const { regulation } = start()
    await failTimes(regulation, 10, () => guess())
    expect(await regulation.explain({ address: home })).toMatchObject([{ budget: 'address', count: 1, triesMax: 5 }])
  })

  test('does not close other addresses', async () => {
    const { regulation } = start()
    await failTimes(regulation, 8, i => guess({ name: `${i}@example.com` }))
    expect((await regulation.ask(guess({ address: '198.51.100.1' }))).kind).toBe('open')
  })
})

describe('a known device', () => {
  const owner = guess({ deviceLane: 'known-device' })

  test('gets its owner in while an attacker has used up every other budget', async () => {
    const { regulation } = start()
    await failTimes(regulation, 100, i => guess({ address: `2001:db8:${i}::/64` }))
    await failTimes(regulation, 8, i => guess({ name: `${i}@example.com` }))
    expect((await regulation.ask(guess())).kind).toBe('closed')

    expect((await regulation.ask(owner)).kind).toBe('open')
  })

  test('is limited too', async () => {
    const { regulation } = start()
    expect(await failTimes(regulation, 6, () => owner)).toEqual([...Array(4).fill('open'), 'closed', 'closed'])
  })

  test('does not charge the address it stands behind', async () => {
    const { regulation } = start()
    await failTimes(regulation, 4, () => owner)
    expect(await regulation.explain({ address: home })).toEqual([])
  })

  test('whose owner signs in does not wash out what is counted of guesses elsewhere', async () => {
    const { regulation } = start()
    await failTimes(regulation, 20, i => guess({ address: `2001:db8:${i}::/64` }))

    await succeed(regulation, owner)

    expect((await regulation.ask(guess())).kind).toBe('closed')
  })
})

describe('operators', () => {
  test('see which budget closed', async () => {
    const { regulation, clock } = start()
    await failTimes(regulation, 10, () => guess())
    expect(await regulation.explain({ name: alice, address: home })).toContainEqual({
      budget: 'pair',
      triesMax: 10,
      count: 10,
      untilMs: clock.now() + hour,
    })
  })

  test('can lift a block', async () => {
    const { regulation } = start()
    await failTimes(regulation, 10, () => guess())
    await regulation.release({ name: alice, address: home })
    expect((await regulation.ask(guess())).kind).toBe('open')
  })

  test('lift by the name alone, or the address alone, what stands between the two', async () => {
    for (const subject of [{ name: alice }, { address: home }]) {
      const { regulation } = start()
      await failTimes(regulation, 10, () => guess())
      await failTimes(regulation, 10, () => guess({ name: 'bob@example.com', address: '198.51.100.9' }))
      await regulation.release(subject)
      expect((await regulation.ask(guess())).kind).toBe('open')
      expect((await regulation.ask(guess({ name: 'bob@example.com', address: '198.51.100.9' }))).kind).toBe('closed')
    }
  })

  test('are told which budget has closed', async () => {
    const { regulation } = start()
    await failTimes(regulation, 10, () => guess())
    expect(await regulation.ask(guess())).toMatchObject({ kind: 'closed', budget: 'pair' })
    await failTimes(regulation, 6, i => guess({ address: '198.51.100.9', name: `${i}@example.com` }))
    expect(await regulation.ask(guess({ address: '198.51.100.9', name: 'x' }))).toMatchObject({ budget: 'address' })
  })

  test('see every budget that is used up, with its key, since when and until when', async () => {
    const { regulation, clock } = start()
    await failTimes(regulation, 10, () => guess())
    clock.advance(60_000)
    await failTimes(regulation, 5, i => guess({ address: '198.51.100.9', name: `${i}@example.com` }))
    await failTimes(regulation, 3, () => guess({ address: '198.51.100.10' }))

    const now = clock.now()
    expect(await regulation.blocks(100)).toEqual([
      { budget: 'pair', key: `${home} ${alice}`, count: 10, sinceMs: now - 60_000, untilMs: now - 60_000 + hour },
      { budget: 'address', key: '198.51.100.9', count: 5, sinceMs: now, untilMs: now + hour },
    ])
    clock.advance(hour)
    expect(await regulation.blocks(100)).toEqual([])
  })
})

describe('the share of a budget that is used', () => {
  test('grows with each try, by the budget that is nearest to its end', async () => {
    const { regulation } = start()
    const used = async () => regulation.ask(guess()).then(answer => (answer.kind === 'open' ? answer.used : null))
    expect([await used(), await used()]).toEqual([0.2, 0.2])
    for (let i = 0; i < 5; i++) await used()
    expect(await used()).toBe(0.8)
  })
})

describe('a /48 of IPv6', () => {
  test('that is walked through address by address is closed after so many accounts, its neighbours are not', async () => {
    const { regulation } = start()
    const from = (i: number) => guess({ address: `2001:db8:7:${i.toString(16)}::/64`, name: `${i}@example.com` })

    const kinds = await failTimes(regulation, 40, from)

    expect(kinds.filter(kind => kind === 'open')).toHaveLength(25)
    expect(await regulation.ask(from(99))).toMatchObject({ kind: 'closed', budget: 'prefix' })
    expect((await regulation.ask(guess({ address: '2001:db8:8:1::/64', name: '99@example.com' }))).kind).toBe('open')
  })

  test('is not charged for those who get in', async () => {
    const { regulation } = start()
    for (let i = 0; i < 200; i++) {
      const person = guess({ address: `2001:db8:7:${i.toString(16)}::/64`, name: `person${i}@example.com` })
      expect(await failTimes(regulation, 2, () => person)).toEqual(['open', 'open'])
      await succeed(regulation, person)
    }
    expect(await regulation.explain({ address: '2001:db8:7:1::/64' })).toEqual([])
  })

  test('that is closed leaves nothing spent behind at the address', async () => {
    const { regulation } = start()
    const from = (i: number) => guess({ address: `2001:db8:7:${i.toString(16)}::/64`, name: `${i}@example.com` })
    await failTimes(regulation, 25, from)
    await regulation.ask(from(99))
    expect(await regulation.explain({ address: '2001:db8:7:63::/64', name: '99@example.com' })).toMatchObject([
      { budget: 'prefix' },
    ])
  })

  test('does not close IPv4 addresses beside each other', async () => {
    const { regulation } = start()
    const kinds = await failTimes(regulation, 60, i => guess({ address: `192.0.2.${i}`, name: `${i}@example.com` }))
    expect(new Set(kinds)).toEqual(new Set(['open']))
  })
})

describe('a million guesses at one account', () => {
  test('leave its owner a way in from a known device each time', async () => {
    const { regulation, clock } = start()
    const owner = guess({ deviceLane: 'known-device', address: '203.0.113.200' })
    let verified = 0
    for (let i = 0; i < 1_000_000; i++) {
      // Past the first hundred thousand the rest are refused in the same way: each tenth is made.
      if (i > 100_000 && i % 10 !== 0) continue
      if (
        (await regulation.ask(guess({ address: `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}` }))).kind === 'open'
      )
        verified++
      if (i % 10_000 === 0) {
        expect(await regulation.ask(owner)).toMatchObject({ kind: 'open' })
        if (i % 30_000 === 0) await regulation.failed(owner)
        else await succeed(regulation, owner)
        clock.advance(hour)
      }
    }
    // 20 an hour at most, and whoever is right begins the row of failures anew.
    expect(verified).toBeLessThanOrEqual(101 * 20)
  })
})

describe('memory', () => {
  test('a flood of made-up names does not wash out the count of the one that is guessed at', async () => {
    const { regulation } = start({ keysMax: 200 })
    await failTimes(regulation, 20, i => guess({ address: `2001:db8:${i}::/64` }))

    for (let i = 0; i < 5000; i++)
      await regulation.ask(guess({ name: `made-up ${i}`, address: `10.0.${i >> 8}.${i & 255}` }))

    expect((await regulation.ask(guess({ address: '198.51.100.1' }))).kind).toBe('closed')
  })

  test('a long name takes no more room than a short one, and is told from others like it', async () => {
    const { regulation } = start()
    const name = 'x'.repeat(1_000_000)
    await failTimes(regulation, 10, () => guess({ name }))
    expect((await regulation.ask(guess({ name }))).kind).toBe('closed')
    expect((await regulation.ask(guess({ name: `${name}x` }))).kind).toBe('open')
  })

  test('a flood of made-up names does not lock others out', async () => {
    const { regulation } = start({ keysMax: 200 })
    for (let i = 0; i < 5000; i++)
      await regulation.ask(guess({ name: `made-up ${i}`, address: `10.0.${i >> 8}.${i & 255}` }))
    expect((await regulation.ask(guess({ address: '198.51.100.1' }))).kind).toBe('open')
  })
})

describe('codes of a second factor', () => {
  const start = () => {
    const clock = createTestClock()
    const createCounter = createMemoryCounters({ clock, keysMax: 1000 })
    const perAttempt = { triesMax: 5, windowMs: hour }
    const perAccount = { triesMax: 20, windowMs: hour }
    return createCodeBudgets({ createCounter, tries: { perAttempt, perAccount, consecutiveFailuresMax: 100 } })
  }
  const code = (attemptId: string, deviceLane: 'known-device' | 'unknown' = 'unknown') => ({
    attemptId,
    accountId: 'alice',
    deviceLane,
  })

  test('five wrong ones end an attempt, also side by side', async () => {
    const budgets = start()
    const answers = await Promise.all(Array.from({ length: 50 }, () => budgets.ask(code('one'))))
    expect(answers.filter(({ kind }) => kind === 'open')).toHaveLength(5)
  })

  test('twenty wrong ones in an hour end for the account, over any number of attempts', async () => {
    const budgets = start()
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => budgets.ask(code(`attempt ${i % 50}`))))
    expect(answers.filter(({ kind }) => kind === 'open')).toHaveLength(20)
  })

  test('right ones cost nothing', async () => {
    const budgets = start()
    for (let i = 0; i < 100; i++) {
      expect((await budgets.ask(code('one'))).kind).toBe('open')
      await budgets.succeeded(code('one'))
    }
  })

  test('that an attacker uses up leave the owner a way in on a known device', async () => {
    const budgets = start()
    for (let i = 0; i < 20; i++) await budgets.ask(code(`attempt ${i}`))
    expect((await budgets.ask(code('owner'))).kind).toBe('closed')
    expect((await budgets.ask(code('owner', 'known-device'))).kind).toBe('open')
  })
})

describe('mails that anybody can cause', () => {
  const start = () =>
    createMailBudgets({
      createCounter: createMemoryCounters({ clock: createTestClock(), keysMax: 1000 }),
      purpose: 'reset',
      tries: { perAccount: { triesMax: 3, windowMs: hour }, perAddress: { triesMax: 10, windowMs: hour } },
    })

  test('are three an hour for an account, whoever asks, also side by side', async () => {
    const budgets = start()
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => budgets.ask({ name: alice, address: `${i}` })),
    )
    expect(answers.filter(({ kind }) => kind === 'open')).toHaveLength(3)
  })

  test('are ten an hour for an address, over any number of accounts', async () => {
    const budgets = start()
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => budgets.ask({ name: `${i}`, address: home })),
    )
    expect(answers.filter(({ kind }) => kind === 'open')).toHaveLength(10)
  })
})

const alice = 'alice@example.com'
const home = '203.0.113.7'

function start({ keysMax = 10_000 } = {}) {
  const clock = createTestClock()
  return { clock, regulation: createRegulation({ createCounter: createMemoryCounters({ clock, keysMax }), tries }) }
}

function guess(other: Partial<SignInTry> = {}): SignInTry {
  return { address: home, name: alice, deviceLane: 'unknown', ...other }
}

async function failTimes(
  regulation: Regulation,
  times: number,
  attemptAt: (i: number) => SignInTry,
): Promise<string[]> {
  const kinds: string[] = []
  for (let i = 0; i < times; i++) {
    const { kind } = await regulation.ask(attemptAt(i))
    if (kind === 'open') await regulation.failed(attemptAt(i))
    kinds.push(kind)
  }
  return kinds
}

async function succeed(regulation: Regulation, attempt: SignInTry): Promise<void> {
  expect((await regulation.ask(attempt)).kind).toBe('open')
  await regulation.succeeded(attempt)
}
