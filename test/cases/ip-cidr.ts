import { z } from 'zod'
import { exchange } from '../support/raw-http.ts'
import { type Deployment, deploy } from './deployment.ts'
import { checkConfiguration, type GatewaySetup, type RouteSetup } from './gateway.ts'
import { fillPlaceholders } from './placeholders.ts'
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

const origin = 'http://gw.test'

export async function ipCidr(file: CaseFile, report: (result: CaseResult) => void): Promise<void> {
  const cases = readCases(filePattern.parse(file.content).cases, casePattern, report)
  const buckets = cases.filter(entry => entry.expect_bucket !== undefined)
  const invalid = cases.filter(entry => entry.expect === 'invalid-rule')
  const walked = cases.filter(entry => !buckets.includes(entry) && !invalid.includes(entry))
  if (walked.length > 0) {
    await using deployment = await deploy(setupOf(walked))
    for (const entry of walked) report(await judge(entry.id, titleOf(entry), () => judgeWalk(deployment, entry)))
  }
  for (const entry of invalid) report(await judge(entry.id, titleOf(entry), () => judgeInvalidRule(entry)))
  for (const entry of buckets) report(await judge(entry.id, titleOf(entry), () => judgeBucket(entry)))
}

function setupOf(cases: readonly NetworkCase[]): Omit<GatewaySetup, 'upstreamPort'> {
  return {
    portalOrigin: 'http://auth.gw.test',
    trustedProxies: { networks: ['127.0.0.1'], mode: 'x-forwarded-for' },
    apps: [{ origin, routes: [{ path: '/public/', access: 'public' }, ...cases.map(routeOf)] }],
  }
}

function routeOf(entry: NetworkCase): RouteSetup {
  return { path: pathOf(entry), access: 'public', networks: entry.rules }
}

function pathOf(entry: NetworkCase): string {
  return `/case-${entry.id}/`
}

async function judgeWalk(deployment: Deployment, entry: NetworkCase): Promise<readonly string[]> {
  if (entry.list !== 'allow') return [`the gateway has no ${entry.list} lists`]
  const found = await askFrom(deployment, entry.client, pathOf(entry))
  const wanted = [entry.expect ?? '', ...entry.also_ok].map(name => (name === 'invalid-address' ? 'deny' : name))
  return wanted.includes(found) ? [] : [`${found} instead of ${wanted.join(' or ')}`]
}

async function askFrom({ gateway, upstream }: Deployment, client: string, path: string): Promise<string> {
  upstream.forget()
  const text = `GET ${path} HTTP/1.1\r\nHost: gw.test\r\nX-Forwarded-For: ${client}\r\nConnection: close\r\n\r\n`
  const answer = await exchange({ port: gateway.port }, fillPlaceholders(text, new Map()))
  if (answer?.status === 200 && upstream.requests.length === 1) return 'allow'
  if (answer?.status === 403 && upstream.requests.length === 0) return 'deny'
  if (answer?.status === 429 && upstream.requests.length === 0) return 'too many'
  // An address that no HTTP field can hold at all never gets as far as a rule.
  if (answer?.status === 400 && upstream.requests.length === 0) return 'deny'
  return `answered ${answer?.status ?? 'not at all'}, forwarded ${upstream.requests.length} times`
}

/** `sekisho check` must refuse and say which rule: its text and its place. */
async function judgeInvalidRule(entry: NetworkCase): Promise<readonly string[]> {
  const { code, out, err } = await checkConfiguration({ ...setupOf([entry]), upstreamPort: 9 })
  if (code === 0 && entry.also_ok.includes('allow')) {
    await using deployment = await deploy(setupOf([entry]))
    const found = await askFrom(deployment, entry.client, pathOf(entry))
    return found === 'allow' ? [] : [`the rule was taken, and then: ${found}`]
  }
  const said = `${out}\n${err}`
  const named = said.includes(JSON.stringify(entry.rules[0])) || said.includes(entry.rules[0] ?? '')
  return [
    ...(code === 1 ? [] : [`sekisho check ended with ${code}`]),
    ...(/:\d+:\d+/.test(said) && named ? [] : [`the message does not say which rule: ${said.trim()}`]),
  ]
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
