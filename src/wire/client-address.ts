import { type Address, type ClientAddress, parseAddress } from '../lib/address.ts'
import type { Networks } from '../lib/cidr.ts'
import { ownText } from '../lib/own-text.ts'
import { fieldValue, type RawHeaders } from '../lib/request-head.ts'

/** Whom to believe about the client's address, and where they say it: in a field, or on the connection before anything else. */
export interface TrustedProxies {
  /** Networks of our own proxies, or how many of them stand in front of us. */
  readonly trusted: Networks | { readonly hops: number }
  readonly mode: 'x-forwarded-for' | 'forwarded' | 'proxy-protocol'
}

/**
 * Finds the client by walking from the peer to the left: while the address at hand is a trusted proxy's and there is an entry to
 * its left, that entry is the next. What stands further left is text that a client wrote. An entry that cannot be read ends the walk at
 * the proxy that sent it, and the address is uncertain.
 */
export function findClient(peer: Address, headers: RawHeaders, proxies: TrustedProxies): ClientAddress {
  let address = peer
  // A connection from before this mode: its proxy was not asked for whom it speaks.
  if (proxies.mode === 'proxy-protocol') return { address, uncertain: true }
  if (!isTrusted(address, 0, proxies)) return { address, uncertain: false }
  const entries = listOf(headers, proxies.mode)
  for (let hop = 0; isTrusted(address, hop, proxies); hop++) {
    const entry = entries.pop()
    if (entry === undefined) break
    const next = proxies.mode === 'forwarded' ? readForwarded(entry, 'for') : entry
    const parsed = next === null ? null : parseNode(next)
    if (parsed === null) return { address, uncertain: true }
    address = parsed
  }
  return { address, uncertain: false }
}

/** Whether the nearest proxy, if it is trusted, says that it was asked over TLS. */
export function cameSecurely(peer: Address, headers: RawHeaders, proxies: TrustedProxies): boolean {
  if (proxies.mode === 'proxy-protocol' || !isTrusted(peer, 0, proxies)) return false
  if (proxies.mode === 'x-forwarded-for')
    return fieldValue(headers, 'x-forwarded-proto')?.split(',').at(-1)?.trim().toLowerCase() === 'https'
  const last = listOf(headers, 'forwarded').at(-1)
  return last !== undefined && readForwarded(last, 'proto')?.toLowerCase() === 'https'
}

/** Whether the one who has connected is a proxy of ours. */
export function isTrustedPeer(peer: Address, proxies: TrustedProxies): boolean {
  return isTrusted(peer, 0, proxies)
}

/** Whether a connection may be that of many people: no bound for one client holds for it then. Whom a proxy names on it is one, wherever that is. */
export function speaksForMany(
  { peer, named }: { readonly peer: Address; readonly named: ClientAddress | null },
  proxies: TrustedProxies,
): boolean {
  return named === null ? isTrustedPeer(peer, proxies) : named.uncertain
}

function isTrusted(address: Address, hop: number, { trusted }: TrustedProxies): boolean {
  return 'hops' in trusted ? hop < trusted.hops : trusted.find(address) >= 0
}

/** RFC 9110 §5.6.1.2: repeated lines are one list, empty elements do not count. */
function listOf(headers: RawHeaders, name: 'x-forwarded-for' | 'forwarded'): string[] {
  const value = fieldValue(headers, name) ?? ''
  const elements = value.split(',').map(element => element.replaceAll(/^[\t ]+|[\t ]+$/g, ''))
  return elements.filter(element => element !== '')
}

/**
 * One parameter of an element of RFC 7239 §4. The list was split at every comma: a quoted comma leaves an element with an odd
 * quote, which is unreadable. So a quote that a client opens can never swallow what a proxy has written to its right.
 */
function readForwarded(element: string, name: string): string | null {
  let found: string | null = null
  for (const pair of element.split(';')) {
    const match = /^[\t ]*([A-Za-z]+)=(?:"([^"\\]*)"|([^"\\\s,;=]+))[\t ]*$/.exec(pair)
    if (match === null) return null
    if (match[1]?.toLowerCase() !== name) continue
    if (found !== null) return null
    found = match[2] ?? match[3] ?? null
  }
  return found
}

/** An address with or without a port: `203.0.113.7:4711`, `[2001:db8::1]:4711`, `[2001:db8::1]`. */
function parseNode(text: string): Address | null {
  const bracketed = /^\[([0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?$/.exec(text)?.[1]
  if (bracketed !== undefined) return bracketed.includes(':') ? parseAddress(bracketed) : null
  // It becomes a key of many tables, none of which must keep the head that it was cut from.
  return parseAddress(ownText(/^([0-9.]+):[0-9]{1,5}$/.exec(text)?.[1] ?? text))
}
