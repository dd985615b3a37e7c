import { expect, test } from 'vitest'
import { secureRandom } from '../../src/lib/random.ts'
import type { OrganizationId } from '../../src/policy/facts.ts'
import { createLogoutIds } from '../../src/sso/logout-ids.ts'

const corp = 'corp' as OrganizationId
const other = 'other' as OrganizationId

function start(key = Buffer.alloc(32, 1)) {
  const clock = { at: 1_800_000_000_000, now: () => clock.at }
  return { clock, ids: createLogoutIds({ key, random: secureRandom, clock }) }
}

test('an id of ours is known for ten minutes, without anything being kept', () => {
  const { ids, clock } = start()
  const id = ids.mint(corp)

  expect(id).toMatch(/^_[A-Za-z0-9_.-]+$/)
  expect(ids.isOurs(id, corp)).toBe(true)
  clock.at += 599_999
  expect(ids.isOurs(id, corp)).toBe(true)
  clock.at += 1
  expect(ids.isOurs(id, corp)).toBe(false)
})

test('two ids of one moment differ', () => {
  const { ids } = start()

  expect(ids.mint(corp)).not.toBe(ids.mint(corp))
})

test('an id is that of one organization and one key, and of a moment that has been', () => {
  const { ids, clock } = start()
  const id = ids.mint(corp)

  expect(ids.isOurs(id, other)).toBe(false)
  expect(start(Buffer.alloc(32, 2)).ids.isOurs(id, corp)).toBe(false)
  clock.at -= 1
  expect(ids.isOurs(id, corp)).toBe(false)
})

test.each([
  ['another time', (id: string) => id.replace(/^_\d/, '_2')],
  ['another nonce', (id: string) => id.replace(/\.[^.]+\./, '.AAAAAAAAAAAAAAAA.')],
  ['another MAC', (id: string) => id.replace(/[^.]+$/, 'A'.repeat(43))],
  ['no MAC', (id: string) => id.replace(/\.[^.]+$/, '')],
  ['nothing', () => ''],
])('an id with %s is not ours', (_, change) => {
  const { ids } = start()

  expect(ids.isOurs(change(ids.mint(corp)), corp)).toBe(false)
})
