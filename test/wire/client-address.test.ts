import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Address, parseAddress } from '../../src/lib/address.ts'
import { compileNetworks, parseNetwork } from '../../src/lib/cidr.ts'
import { cameSecurely, findClient, type TrustedProxies } from '../../src/wire/client-address.ts'

interface Case {
  readonly id: string
  readonly idea: string
  readonly trusted: readonly string[]
  readonly peer: string
  readonly headers: readonly string[]
  readonly expect_client: string
  readonly also_ok?: readonly string[]
}

const file = new URL('../cases/shared/xff.shared.json', import.meta.url)
const { cases }: { cases: Case[] } = JSON.parse(readFileSync(file, 'utf8'))

describe('the shared cases: the client is found from the right, and only past proxies that are trusted', () => {
  test.each(cases)('$id $idea', entry => {
    const client = findClient(address(entry.peer), pairs(entry.headers), proxies(entry.trusted))

    expect([entry.expect_client, ...(entry.also_ok ?? [])]).toContain(client.address.text)
    // Garbage that was reached makes the address uncertain; garbage further left is nobody's business.
    const reachedGarbage = entry.idea === 'garbage' && client.address.text === entry.peer
    expect(client.uncertain).toBe(reachedGarbage)
  })
})

describe('Forwarded', () => {
  test.each([
    ['for=203.0.113.7', '203.0.113.7', false],
    ['For="203.0.113.7:4711"; proto=https', '203.0.113.7', false],
    ['for="[2001:db8:cccc::1]:80"', '2001:db8:cccc::1', false],
    ['for=1.2.3.4, for=203.0.113.7', '203.0.113.7', false],
    ['for=203.0.113.7, for=10.0.0.6;by=10.0.0.5', '203.0.113.7', false],
    ['for=unknown', '10.0.0.5', true],
    ['for=_hidden', '10.0.0.5', true],
    ['proto=https', '10.0.0.5', true],
    ['for=203.0.113.7;for=1.2.3.4', '10.0.0.5', true],
    ['for=203.0.113.7 ; x', '10.0.0.5', true],
    // A quote that the client opens cannot swallow what the proxy wrote behind it.
    ['for="1.2.3.4, for=203.0.113.7', '203.0.113.7', false],
    ['for="1.2.3.4, for="203.0.113.7', '10.0.0.5', true],
  ])('%s', (value, expected, uncertain) => {
    const client = findClient(address('10.0.0.5'), ['Forwarded', value], {
      ...proxies(['10.0.0.0/8']),
      mode: 'forwarded',
    })

    expect(client).toEqual({ address: address(expected), uncertain })
  })

  test('the other field is not read', () => {
    const headers = ['X-Forwarded-For', '1.2.3.4']

    const client = findClient(address('10.0.0.5'), headers, { ...proxies(['10.0.0.0/8']), mode: 'forwarded' })

    expect(client.address.text).toBe('10.0.0.5')
  })
})

describe('a number of hops in place of networks', () => {
  test.each([
    [1, '1.2.3.4, 203.0.113.7', '203.0.113.7'],
    [2, '1.2.3.4, 203.0.113.7, 198.51.100.1', '203.0.113.7'],
    [3, '203.0.113.7', '203.0.113.7'],
    [0, '203.0.113.7', '10.0.0.5'],
  ])('%i hops of %s', (hops, value, expected) => {
    const trust: TrustedProxies = { trusted: { hops }, mode: 'x-forwarded-for' }

    expect(findClient(address('10.0.0.5'), ['X-Forwarded-For', value], trust).address.text).toBe(expected)
  })
})

describe('whether a trusted proxy was asked over TLS', () => {
  test.each([
    ['10.0.0.5', ['X-Forwarded-Proto', 'https'], true],
    ['10.0.0.5', ['X-Forwarded-Proto', 'http'], false],
    ['10.0.0.5', ['X-Forwarded-Proto', 'https, http'], false],
    ['10.0.0.5', [], false],
    ['203.0.113.7', ['X-Forwarded-Proto', 'https'], false],
  ])('%s says %j', (peer, headers, expected) => {
    expect(cameSecurely(address(peer), headers, proxies(['10.0.0.0/8']))).toBe(expected)
  })

  test('in the Forwarded field', () => {
    const trust: TrustedProxies = { ...proxies(['10.0.0.0/8']), mode: 'forwarded' }

    expect(cameSecurely(address('10.0.0.5'), ['Forwarded', 'for=1.2.3.4;proto=https'], trust)).toBe(true)
    expect(cameSecurely(address('10.0.0.5'), ['Forwarded', 'proto=https, for=1.2.3.4'], trust)).toBe(false)
  })
})

function proxies(trusted: readonly string[]): TrustedProxies {
  const networks = trusted.map(text => parseNetwork(text)).filter(network => network !== null)
  return { trusted: compileNetworks(networks), mode: 'x-forwarded-for' }
}

function pairs(lines: readonly string[]): string[] {
  return lines.flatMap(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)])
}

function address(text: string): Address {
  const parsed = parseAddress(text)
  if (parsed === null) throw new Error(`${text} is no address`)
  return parsed
}
