import { z } from 'zod'
import { addPerson, type Deployment, deploy } from './deployment.ts'
import { type CaseFile, type CaseResult, judge, readCases, titleOf } from './suite.ts'
import { createVisitor, type Person, type Visit } from './visitor.ts'

// Where a person is sent after a sign-in: the value goes through the portal's `return` field, and a real sign-in follows it.

const casePattern = z.object({
  id: z.string(),
  idea: z.string().optional(),
  why: z.string().optional(),
  value: z.string(),
  expect: z.enum(['safe', 'unsafe']),
  location_path: z.string().optional(),
})
type RedirectCase = z.infer<typeof casePattern>

const filePattern = z.object({
  assumes: z.object({ origin: z.string(), allowed_hosts: z.array(z.string()) }),
  cases: z.array(z.unknown()),
})

interface Stage {
  readonly deployment: Deployment
  readonly origin: string
  readonly hosts: readonly string[]
  readonly person: Person
  /** Where a sign-in without any value leads. */
  readonly defaultAddress: string
}

export async function redirect(file: CaseFile, report: (result: CaseResult) => void): Promise<void> {
  const { assumes, cases: entries } = filePattern.parse(file.content)
  const cases = readCases(entries, casePattern, report)
  const own = new URL(assumes.origin)
  const others = assumes.allowed_hosts.filter(host => host !== own.host)
  await using deployment = await deploy({
    portalOrigin: own.origin,
    trustedProxies: { networks: ['127.0.0.1'], mode: 'x-forwarded-for' },
    apps: others.map(host => ({
      origin: `${own.protocol}//${host}`,
      routes: [{ path: '/', access: 'signed-in' as const }],
    })),
  })
  const hosts = assumes.allowed_hosts.map(host => host.replace(/:\d+$/, ''))
  const person = await addPerson(deployment.gateway, 'returning@example.com')
  const stage = { deployment, origin: own.origin, hosts, person, defaultAddress: '' }
  const { visit } = await travel(stage, '', 0)
  const defaultAddress = visit.addresses.at(-1)?.href ?? ''
  for (const [i, entry] of cases.entries())
    report(await judge(entry.id, titleOf(entry), () => runCase({ ...stage, defaultAddress }, entry, i + 1)))
}

async function runCase(stage: Stage, entry: RedirectCase, turn: number): Promise<readonly string[]> {
  const { visit, locations, addresses } = await travel(stage, `?return=${encodeURIComponent(entry.value)}`, turn)
  const failures = addresses
    .filter(address => !stage.hosts.includes(address.hostname) || address.origin !== originOf(stage, address))
    .map(address => `sent to ${address.href}`)
  if (visit.status >= 500) failures.push(`ended with ${visit.status}`)
  if (entry.expect === 'safe') {
    const wanted = new URL(entry.location_path ?? '/', stage.origin).href
    const reached = addresses.some(address => address.href === wanted)
    return reached
      ? failures
      : [...failures, `${addresses.map(address => address.href).join(' -> ')} instead of ${wanted}`]
  }
  const last = addresses.at(-1)?.href ?? ''
  if (last !== stage.defaultAddress) failures.push(`ended at ${last} instead of ${stage.defaultAddress}`)
  const echoed = entry.value !== '' && locations.some(location => location === entry.value)
  return echoed ? [...failures, 'the raw value stands in a Location'] : failures
}

/** Only the scheme and port of the assumed origin are served. */
function originOf(stage: Stage, address: URL): string {
  const { protocol, port } = new URL(stage.origin)
  return `${protocol}//${address.hostname}${port === '' ? '' : `:${port}`}`
}

/** Each journey is another browser at another address, so that no limit on sign-ins is met. */
async function travel(
  stage: Stage,
  query: string,
  turn: number,
): Promise<{ visit: Visit; locations: string[]; addresses: URL[] }> {
  const proxyFields = [
    `X-Forwarded-For: 198.51.${Math.floor(turn / 250)}.${(turn % 250) + 1}`,
    ...(stage.origin.startsWith('https:') ? ['X-Forwarded-Proto: https'] : []),
  ]
  const visitor = createVisitor({ port: stage.deployment.gateway.port, hosts: stage.hosts, proxyFields })
  const first = await visitor.open(`${stage.origin}/sign-in${query}`)
  const visit = await visitor.signIn(first, stage.person)
  return {
    visit,
    locations: [...first.locations, ...visit.locations],
    addresses: [...first.addresses, ...visit.addresses],
  }
}
