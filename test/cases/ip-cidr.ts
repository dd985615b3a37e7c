import { z } from 'zod'
import { parseNetwork } from '../../src/lib/cidr.ts'
import { exchange } from '../support/raw-http.ts'
import { configurationFiles, routesPath } from './configuration.ts'
import { everybodyBut } from './deny-list.ts'
import { type Deployment, deploy } from './deployment.ts'
import { checkConfiguration, type GatewaySetup, type RouteSetup } from './gateway.ts'
import { byteText, fillPlaceholders } from './placeholders.ts'
import { neighboursOf } from './rate-limit-neighbours.ts'
import { type CaseFile, type CaseResult, judge, readCases, titleOf } from './suite.ts'

// Networks as rules of routes, one route for each case; clients as a trusted proxy names them. Rules that are none must be refused
// before anything starts, and limits must count an address with its whole household.

const casePattern = z.object({
  id: z.string(),
  idea: z.string().optional(),
  why: z.string().optional(),
  client: z.string(),
  rules: z.array(z.string()).default([]),
  list: z.string().default('allow'),
  expect: z.string().optional(),
  expect_bucket: z.string().optional(),
  also_ok: z.array(z.string()).default([]),
})
type NetworkCase = z.infer<typeof casePattern>

const filePattern = z.object({ cases: z.array(z.unknown()) })

const origin = 'https://gw.test'

export async function ipCidr(file: CaseFile, report: (result: CaseResult) => void): Promise<void> {
  const cases = readCases(filePattern.parse(file.content).cases, casePattern, report)
  const buckets = cases.filter(entry => entry.expect_bucket !== undefined)
  // One rule that is none would keep the gateway of all others from starting.
  const invalid = cases.filter(
    entry => entry.expect === 'invalid-rule' || entry.rules.some(rule => parseNetwork(rule) === null),
  )
  const walked = cases.filter(entry => !buckets.includes(entry) && !invalid.includes(entry))
  if (walked.length > 0) {
    await using deployment = await deploy(setupOf(walked))
    for (const entry of walked) report(await judge(entry.id, titleOf(entry), () => judgeWalk(deployment, entry)))
  }
  if (invalid.length > 0) {
    const found = await findRefusedRules(invalid)
    for (const entry of invalid) report(await judge(entry.id, titleOf(entry), () => judgeInvalidRule(entry, found)))
  }
  for (const entry of buckets) report(await judge(entry.id, titleOf(entry), () => judgeBucket(entry)))
}

function setupOf(cases: readonly NetworkCase[]): Omit<GatewaySetup, 'upstreamPort'> {
  return {
    portalOrigin: 'https://auth.gw.test',
    trustedProxies: { networks: ['127.0.0.1'], mode: 'x-forwarded-for' },
    apps: [{ origin, routes: [{ path: '/public/', access: 'public' }, ...cases.map(routeOf)] }],
  }
}

function routeOf(entry: NetworkCase): RouteSetup {
  const networks = isDenyList(entry) ? (everybodyBut(entry.rules) ?? entry.rules) : entry.rules
  return { path: pathOf(entry), access: 'public', networks }
}

function isDenyList({ list }: NetworkCase): boolean {
  return list !== 'allow'
}

function pathOf(entry: NetworkCase): string {
  return `/case-${entry.id}/`
}

async function judgeWalk(deployment: Deployment, entry: NetworkCase): Promise<readonly string[]> {
  const found = await askFrom(deployment, entry.client, pathOf(entry))
  const wanted = [entry.expect ?? '', ...entry.also_ok].map(name => sameAs[name] ?? name)
  return wanted.includes(found) ? [] : [`${found} instead of ${wanted.join(' or ')}`]
}

/** What cannot be read is never a match, in neither kind of list. */
const sameAs: Readonly<Record<string, string>> = { 'invalid-address': 'deny', block: 'deny', pass: 'allow' }

async function askFrom({ gateway, upstream }: Deployment, client: string, path: string): Promise<string> {
  upstream.forget()
  const text = `GET ${path} HTTP/1.1\r\nHost: gw.test\r\nX-Forwarded-For: ${client}\r\nConnection: close\r\n\r\n`
  const answer = await exchange({ port: gateway.port }, byteText(fillPlaceholders(text, new Map())))
  if (answer?.status === 200 && upstream.requests.length === 1) return 'allow'
  if (answer?.status === 403 && upstream.requests.length === 0) return 'deny'
  if (answer?.status === 429 && upstream.requests.length === 0) return 'too many'
  // An address that no HTTP field can hold at all never gets as far as a rule.
  if (answer?.status === 400 && upstream.requests.length === 0) return 'deny'
  return `answered ${answer?.status ?? 'not at all'}, forwarded ${upstream.requests.length} times`
}

interface RefusedRules {
  readonly code: number
  readonly said: string
  /** Lines of the routes' file that were named as wrong. */
  readonly lines: readonly number[]
  /** On which line each case's rules begin and end. */
  readonly places: ReadonlyMap<string, { readonly first: number; readonly last: number }>
}

/** One `sekisho check` over all of them: it tells every problem at once, each with its place. */
async function findRefusedRules(cases: readonly NetworkCase[]): Promise<RefusedRules> {
  const setup = { ...setupOf(cases), upstreamPort: 9 }
  const { code, out, err } = await checkConfiguration(setup)
  const said = `${out}\n${err}`
  const text = configurationFiles(setup)[routesPath] ?? ''
  const lineOf = (mark: string) => text.slice(0, text.indexOf(mark)).split('\n').length
  const starts = cases.map(entry => ({ id: entry.id, first: lineOf(JSON.stringify(pathOf(entry))) }))
  const ends = [...starts.slice(1).map(({ first }) => first - 1), text.split('\n').length]
  const places = new Map(starts.map(({ id, first }, i) => [id, { first, last: ends[i] ?? first }]))
  const lines = [...said.matchAll(/routes\.yaml:(\d+):\d+:/g)].map(([, line]) => Number(line))
  return { code, said, lines, places }
}

async function judgeInvalidRule(
  entry: NetworkCase,
  { code, said, lines, places }: RefusedRules,
): Promise<readonly string[]> {
  const wanted = [entry.expect ?? '', ...entry.also_ok]
  const { first, last } = places.get(entry.id) ?? { first: 0, last: 0 }
  if (lines.some(line => line >= first && line <= last)) {
    if (!wanted.includes('invalid-rule')) return [`sekisho check refused the rule instead of ${wanted.join(' or ')}`]
    return code === 1 ? [] : [`sekisho check named the rule and ended with ${code}`]
  }
  if (wanted.length === 1) return [`sekisho check did not name the rule: ${said.slice(0, 300)}`]
  await using deployment = await deploy(setupOf([entry]))
  return await judgeWalk(deployment, entry)
}

const budget = 5

/** Spends the client's budget; whoever shares the bucket must then be refused, and the next bucket must not. */
async function judgeBucket(entry: NetworkCase): Promise<readonly string[]> {
  const { inside, outside } = neighboursOf(entry.expect_bucket ?? '')
  await using deployment = await deploy({ ...setupOf([]), addressBudget: budget })
  const path = '/public/budget'
  let spent = false
  for (let i = 0; i < budget * 10 && !spent; i++) spent = (await askFrom(deployment, entry.client, path)) === 'too many'
  if (!spent) return [`${entry.client} was never refused`]
  const failures: string[] = []
  for (const address of inside) {
    const found = await askFrom(deployment, address, path)
    if (found !== 'too many') failures.push(`${address} has a budget of its own: ${found}`)
  }
  for (const address of outside) {
    const found = await askFrom(deployment, address, path)
    if (found !== 'allow') failures.push(`${address} shares the budget: ${found}`)
  }
  return failures
}
