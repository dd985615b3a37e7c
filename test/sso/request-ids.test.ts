import { describe, expect, test } from 'vitest'
import type { OrganizationId } from '../../src/policy/facts.ts'
import { createRequestIds } from '../../src/sso/request-ids.ts'
import { createTestTickets } from '../../src/sso/test-tickets.ts'
import { createTestClock } from '../support/test-clock.ts'

const a = 'org-a' as OrganizationId // because no store gives it out
const b = 'org-b' as OrganizationId
const marks = { nonce: 'n', organizationId: a, startedAt: 1, purpose: 'sign_in' } as const

describe('the id of a request', () => {
  const ids = createRequestIds(Buffer.alloc(32, 1))

  test('is an XML name, and the same for the same marks', () => {
    expect(ids.idOf(marks)).toMatch(/^_[A-Za-z0-9_-]{43}$/)
    expect(ids.idOf({ ...marks })).toBe(ids.idOf(marks))
  })

  test.each([
    ['browser', { nonce: 'm' }],
    ['organization', { organizationId: b }],
    ['time', { startedAt: 2 }],
    ['purpose', { purpose: 'test' as const }],
  ])('is another one for another %s', (_, other) => {
    expect(ids.idOf({ ...marks, ...other })).not.toBe(ids.idOf(marks))
  })

  test('cannot be made without the key', () => {
    expect(createRequestIds(Buffer.alloc(32, 2)).idOf(marks)).not.toBe(ids.idOf(marks))
  })
})

describe('the ticket of a test sign-in', () => {
  const clock = createTestClock()
  const tickets = createTestTickets({ key: Buffer.alloc(32, 1), clock })

  test('is good for its organization, for half an hour', () => {
    const ticket = tickets.mint(a)
    expect([tickets.isGood(ticket, a), tickets.isGood(ticket, b)]).toEqual([true, false])
    clock.advance(30 * 60_000)
    expect(tickets.isGood(ticket, a)).toBe(false)
  })

  test('is none once anything in it was changed', () => {
    const ticket = tickets.mint(a)
    const [until = '', mac = ''] = ticket.split('.')
    const later = (Number.parseInt(until, 36) + 3_600_000).toString(36)
    for (const text of [
      `${later}.${mac}`,
      `${until}.${mac.slice(1)}`,
      `${until}.`,
      mac,
      '',
      `${until}.${'A'.repeat(43)}`,
    ])
      expect(tickets.isGood(text, a)).toBe(false)
  })
})
