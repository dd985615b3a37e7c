import { describe, expect, test } from 'vitest'
import { createStoreContact } from '../../src/people/store-contact.ts'
import { createTestClock } from '../support/test-clock.ts'

const answer = () => Promise.resolve('answer')
const fail = () => Promise.reject(new Error('away'))
const silence = () => new Promise<string>(() => {})
const outcome = (asked: Promise<unknown>) => asked.catch((fault: unknown) => fault)

describe('what memory holds is believed', () => {
  test('only after the store has answered, and for 30 seconds', async () => {
    const clock = createTestClock()
    const contact = createStoreContact(clock)
    expect(contact.isRecent()).toBe(false)

    await contact.ask(answer)
    clock.advance(29_999)
    expect(contact.isRecent()).toBe(true)

    clock.advance(1)
    expect(contact.isRecent()).toBe(false)
  })

  test('no longer for having asked: only answers count', async () => {
    const clock = createTestClock()
    const contact = createStoreContact(clock)
    await contact.ask(answer)
    clock.advance(29_000)
    await outcome(contact.ask(fail))
    clock.advance(1000)
    expect(contact.isRecent()).toBe(false)
  })
})

describe('a store that is away', () => {
  test('is told as unavailable, with the time after which to come back and the cause for the journal', async () => {
    const contact = createStoreContact(createTestClock())
    const fault = await outcome(contact.ask(fail))
    expect(fault).toMatchObject({ code: 'unavailable', status: 503, retryAfterSeconds: 2, cause: { message: 'away' } })
  })

  test('is asked by one caller every half second; the others hear at once', async () => {
    const clock = createTestClock()
    const contact = createStoreContact(clock)
    let asked = 0
    const counted = () => {
      asked++
      return fail()
    }
    await outcome(contact.ask(counted))
    for (let i = 0; i < 100; i++) await outcome(contact.ask(counted))
    expect(asked).toBe(1)

    clock.advance(500)
    await outcome(contact.ask(counted))
    expect(asked).toBe(2)
  })

  test('is used again with its first answer', async () => {
    const clock = createTestClock()
    const contact = createStoreContact(clock)
    await outcome(contact.ask(fail))
    clock.advance(500)
    expect(await contact.ask(answer)).toBe('answer')
    expect(await contact.ask(answer)).toBe('answer')
    expect(contact.isRecent()).toBe(true)
  })
})

describe('a store that is silent', () => {
  test('holds a caller for two seconds, and after a failure for a quarter of one', async () => {
    const clock = createTestClock()
    const contact = createStoreContact(clock)
    const first = outcome(contact.ask(silence))
    clock.advance(2000)
    expect(await first).toMatchObject({ code: 'unavailable' })

    clock.advance(500)
    const second = outcome(contact.ask(silence))
    clock.advance(250)
    expect(await second).toMatchObject({ code: 'unavailable' })
  })
})
