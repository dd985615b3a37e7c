import { expect, test } from 'vitest'
import { parseFields } from '../../src/http/forms.ts'
import { budgetKey, parseAddress } from '../../src/lib/address.ts'
import { compileNetworks, parseNetwork } from '../../src/lib/cidr.ts'
import { ownText } from '../../src/lib/own-text.ts'
import { createMemoryCounters } from '../../src/limits/memory-counter.ts'
import { parseEmail } from '../../src/people/email.ts'
import { createStoreContact } from '../../src/people/store-contact.ts'
import { createWarmCache } from '../../src/people/warm-cache.ts'
import { findClient } from '../../src/wire/client-address.ts'
import { cutFromHead, keptBytes } from '../support/kept-memory.ts'
import { createTestClock } from '../support/test-clock.ts'

// What is kept of a request must not keep its whole head: with the cookies of everybody who came, and far more than tables are built for.

const people = 1000
/** A head takes 4 KiB. */
const mostBytes = people * 2048

test('a session that is read again does not keep the head that it was named in', async () => {
  const clock = createTestClock()
  const cache = createWarmCache<{ id: string }>({
    read: async key => ({ id: ownText(key) }),
    namesOf: ({ id }) => [id],
    sizeMax: people,
    rereads: true,
    contact: createStoreContact(clock),
    clock,
  })
  const nameOf = (i: number) => `session-of-somebody-${i}`
  for (let i = 0; i < people; i++) await cache.find(nameOf(i))
  clock.advance(20_000)
  await cache.find('somebody who keeps the store heard of')
  clock.advance(15_000)

  const bytes = await keptBytes(async () => {
    for (let i = 0; i < people; i++) void cache.find(cutFromHead(nameOf(i)))
    await new Promise(setImmediate)
    return cache
  })

  expect(bytes).toBeLessThan(mostBytes)
})

test.each(['x-forwarded-for', 'forwarded'] as const)(
  'an address that %s names does not, where it is counted',
  async mode => {
    const proxy = parseAddress('10.0.0.1')
    const network = parseNetwork('10.0.0.0/8')
    if (proxy === null || network === null) throw new Error('they are addresses')
    const proxies = { trusted: compileNetworks([network]), mode }
    const counted = new Map<string, number>()

    const bytes = await keptBytes(() => {
      for (let i = 0; i < people; i++) {
        const text = `203.100.${100 + Math.floor(i / 100)}.${100 + (i % 100)}`
        const headers = [mode, cutFromHead(mode === 'forwarded' ? `for=${text}` : text)]
        counted.set(budgetKey(findClient(proxy, headers, proxies).address), 1)
      }
      return counted
    })

    expect(counted.size).toBe(people)
    expect(bytes).toBeLessThan(mostBytes)
  },
)

test('a name that somebody tries does not keep the form that it came in', async () => {
  const tries = 200
  const counters = createMemoryCounters({ clock: createTestClock(), keysMax: tries })
  const counter = counters('names', { triesMax: 20, windowMs: 3_600_000 })

  const bytes = await keptBytes(async () => {
    for (let i = 0; i < tries; i++) {
      const body = Buffer.from(
        `email=somebody.who.tries.${i}@example.com&pad=${'x'.repeat(8000)}&other=${'y'.repeat(8000)}`,
      )
      const email = parseEmail(parseFields(body.toString()).get('email'))
      if (email === null) throw new Error('it is an address')
      await counter.take(`name ${email.key}`)
    }
    return counter
  })

  expect(bytes).toBeLessThan(tries * 4096)
})
