import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { budgetKey, parseAddress } from '../../src/lib/address.ts'

describe('an address is read as the runtime prints it', () => {
  test('every spelling of an IPv6 address gives the same words and the same canonical text', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 0, 1, 0xdb8, 0xffff), { minLength: 8, maxLength: 8 }), groups => {
        const mapped = groups.slice(0, 5).every(group => group === 0) && groups[5] === 0xffff
        fc.pre(!mapped)
        const long = groups.map(group => group.toString(16).padStart(4, '0').toUpperCase()).join(':')

        const address = parseAddress(long)

        // The WHATWG URL parser writes RFC 5952 as well: an oracle of other people's making.
        expect(`[${address?.text}]`).toBe(new URL(`http://[${long}]`).hostname)
        expect(parseAddress(address?.text ?? '')).toEqual(address)
        expect(asNumber(address?.words ?? [])).toBe(
          BigInt(`0x${groups.map(g => g.toString(16).padStart(4, '0')).join('')}`),
        )
      }),
      { numRuns: 2000 },
    )
  })

  test('an IPv4-mapped address is IPv4, however it is spelled', () => {
    for (const text of ['::ffff:203.0.113.7', '::ffff:cb00:7107', '0:0:0:0:0:ffff:203.0.113.7', '::FFFF:CB00:7107'])
      expect(parseAddress(text)).toEqual({ family: 4, words: [0, 0, 0, 0xcb007107], text: '203.0.113.7' })
  })

  test('an IPv4-compatible or translated address stays IPv6', () => {
    expect(parseAddress('::203.0.113.7')?.family).toBe(6)
    expect(parseAddress('64:ff9b::203.0.113.7')).toMatchObject({ family: 6, text: '64:ff9b::cb00:7107' })
  })

  test.each([
    'fe80::1%eth0',
    '::ffff:1.2.3.4%1',
    '1.2.3.4%1',
    '[::1]',
    '1.2.3.4:80',
    ' 1.2.3.4',
    '1.2.3.4 ',
    '1.2.3.4\n',
    '::1/128',
    '１.2.3.4',
    '1::2::3',
  ])('%j is no address', text => {
    expect(parseAddress(text)).toBeNull()
  })
})

describe('the key under which an address is counted', () => {
  test('is the whole address for IPv4, also when it comes mapped', () => {
    expect(keyOf('203.0.113.7')).toBe('203.0.113.7')
    expect(keyOf('::ffff:203.0.113.7')).toBe('203.0.113.7')
    expect(keyOf('203.0.113.8')).not.toBe(keyOf('203.0.113.7'))
  })

  test('is the /64 for IPv6, so that rotating through one network is one client', () => {
    expect(keyOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64')
    expect(keyOf('2001:db8:1:2:ffff:ffff:ffff:ffff')).toBe(keyOf('2001:db8:1:2::'))
    expect(keyOf('2001:db8:1:3::')).not.toBe(keyOf('2001:db8:1:2::'))
  })

  test('never puts an IPv4 client and an IPv6 client together', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV6(), (four, six) => {
        fc.pre(parseAddress(six)?.family === 6)
        expect(keyOf(four)).not.toBe(keyOf(six))
      }),
    )
  })
})

// Held-back halves of the case file bring rows that name the bucket two clients must share or not share.
describe('the shared cases of address keys', () => {
  const { cases } = JSON.parse(readFileSync('test/cases/shared/ip-cidr.shared.json', 'utf8'))
  const spelled = cases.filter((row: { idea: string }) => row.idea === 'v6-spelling' || row.idea === 'v4-mapped')
  test.each(spelled as { id: string; client: string }[])(
    '$id $client is counted under its canonical spelling',
    ({ client }) => {
      const address = parseAddress(client)
      expect(keyOf(address?.text ?? '')).toBe(keyOf(client))
    },
  )
})

function keyOf(text: string): string {
  const address = parseAddress(text)
  if (address === null) throw new Error(`${text} is no address`)
  return budgetKey(address)
}

function asNumber(words: readonly number[]): bigint {
  return words.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n)
}
