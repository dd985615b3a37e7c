import type { PortalVisitor, Reply } from '../support/portal-visitor.ts'
import type { Seeded } from '../support/seeded.ts'
import { typePassword } from './stuffing-people.ts'
import type { Town } from './stuffing-town.ts'

// The attacker: pairs of names and passwords from elsewhere, one in two hundred of them right, from thousands of addresses. Half of the
// requests look like a browser's, half like a script's.

export interface Pair {
  readonly email: string
  readonly password: string
  readonly right: boolean
}

export interface Loot {
  tried: number
  /** Sessions that opened without a second proof. */
  readonly opened: string[]
  /** What came back, by what it looked like: how often for right pairs and for wrong ones. */
  readonly looks: Map<string, { right: number; wrong: number }>
  /** The same for the page behind the redirect. */
  readonly pages: Map<string, { right: number; wrong: number }>
}

const leakedPassword = 'Tr0ub4dor&3-from-elsewhere'

/** Right ones are spread evenly; of the wrong ones one in five names somebody who is here. */
export async function gatherPairs(town: Town, count: number, chance: Seeded): Promise<readonly Pair[]> {
  const victims = Array.from({ length: Math.round(count / 200) }, (_, i) => `victim${i}@victims.example`)
  const neighbours = Array.from({ length: 500 }, (_, i) => `neighbour${i}@victims.example`)
  await town.settle([...victims, ...neighbours], leakedPassword)
  return Array.from({ length: count }, (_, i): Pair => {
    const right = i % 200 === 100
    if (right) return { email: victims[Math.floor(i / 200)] ?? '', password: leakedPassword, right }
    const here = chance.whole(1, 5) === 1
    const email = here ? `neighbour${chance.whole(0, 499)}@victims.example` : `stranger${i}@elsewhere.example`
    return { email, password: `pw-${i}-from-elsewhere`, right }
  })
}

/** Half IPv6 in /64s of a few networks, half IPv4 all over the world. */
export function attackAddresses(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => {
    if (i % 2 === 0) return `2001:db8:${(i >> 8).toString(16)}:${(i & 0xffff).toString(16)}::${(i % 999) + 1}`
    const number = i * 40_503
    return `${20 + (number % 90)}.${(number >> 7) % 256}.${(number >> 3) % 256}.${(i % 250) + 1}`
  })
}

export async function tryPair(
  town: Town,
  { email, password, right }: Pair,
  address: string,
  loot: Loot,
): Promise<void> {
  const number = loot.tried++
  const script = number % 2 === 1
  const agent = script ? 'python-requests/2.32' : undefined
  const visitor = town.visitor({ address, ...(agent === undefined ? {} : { agent }) })
  const reply = await typePassword(town, visitor, email, password)
  if (reply.setCookies.some(line => /^sekisho=./.test(line))) {
    loot.opened.push(email)
    return
  }
  count(loot.looks, looksOf(reply, email), right)
  // A sample of what stands behind: each right one, and some more of the wrong ones.
  if (right || number % 40 === 1) await lookBehind(town, visitor, reply, { email, right }, loot)
}

async function lookBehind(
  town: Town,
  visitor: PortalVisitor,
  reply: Reply,
  { email, right }: Pick<Pair, 'email' | 'right'>,
  loot: Loot,
): Promise<void> {
  if (reply.location === null) return
  const page = await visitor.get(`${town.gateway.portalOrigin}${reply.location}`)
  const tried = await visitor.submit(page, { code: '123456' })
  count(loot.pages, `${looksOf(page, email)}\n${looksOf(tried, email)}`, right)
}

function count(looks: Loot['looks'], look: string, right: boolean): void {
  const seen = looks.get(look) ?? { right: 0, wrong: 0 }
  looks.set(look, right ? { ...seen, right: seen.right + 1 } : { ...seen, wrong: seen.wrong + 1 })
}

/** All that can be seen, without what chance made and without the name. */
function looksOf(reply: Reply, email: string): string {
  const body = reply.body.replaceAll(email, '…').replaceAll(/name="attempt" value="[^"]+"/g, 'attempt')
  const cookies = reply.setCookies.map(line => line.replace(/=([^;]*)/, (_, value: string) => `=${value.length}`))
  const fields = Object.keys(reply.headers).toSorted().join(' ')
  return [reply.status, reply.location, fields, cookies.join(' | '), body].join('\n')
}
