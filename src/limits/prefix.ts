import { budgetKey, parseAddress } from '../lib/address.ts'
import { formatIPv6 } from '../lib/address-text.ts'

/**
 * The network that an address key (lib/address.ts `budgetKey`) stands in: /24 of IPv4, /48 of IPv6, which is what a site is given
 * (RFC 6177) and may walk through at will, 65,536 keys long.
 */
export function prefixOf(addressKey: string): string {
  const slash = addressKey.indexOf('/')
  const address = parseAddress(slash < 0 ? addressKey : addressKey.slice(0, slash))
  if (address === null) return addressKey
  if (address.family === 4) return `${budgetKey(address).replace(/\.\d+$/, '.0')}/24`
  const [first, second] = address.words
  return `${formatIPv6([first, (second & 0xffff0000) >>> 0, 0, 0])}/48`
}
