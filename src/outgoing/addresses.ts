import { parseAddress } from '../lib/address.ts'
import { compileNetworks, type Networks, parseNetwork } from '../lib/cidr.ts'

/** IANA's registry of special-purpose IPv4 addresses, multicast and the reserved rest: none of them is a host of somebody else. */
const specialFour = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
]

/** Of IPv6 only global unicast is public; in it, what carries an IPv4 address inside could lead back into a private network. */
const globalSix = ['2000::/3']
const specialSix = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']

/** Whether it may be connected to: public, or named by the operator. Text that is no address never may. */
export function isPublic(text: string, permitted: Networks): boolean {
  // A zone (fe80::1%eth0) only stands on local addresses.
  const address = parseAddress(text)
  if (address === null) return false
  if (permitted.find(address) >= 0) return true
  if (address.family === 4) return four.find(address) < 0
  return global.find(address) >= 0 && six.find(address) < 0
}

const four = compile(specialFour)
const global = compile(globalSix)
const six = compile(specialSix)

function compile(texts: readonly string[]): Networks {
  return compileNetworks(texts.map(text => parseNetwork(text)).filter(network => network !== null))
}
