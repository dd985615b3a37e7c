import { z } from 'zod'
import { fieldsOf } from '../support/http-message.ts'
import { exchange } from '../support/raw-http.ts'
import type { RecordedRequest } from '../support/recording-upstream.ts'
import { cleanRequestWorks, type Deployment, deploy, isCleanRequest } from './deployment.ts'
import type { RouteSetup } from './gateway.ts'
import { leavesOpenPaths, type OpenPaths } from './path-oracle.ts'
import { byteText, fillPlaceholders } from './placeholders.ts'
import { type CaseFile, type CaseResult, judge, readCases, titleOf } from './suite.ts'

// Targets that look open and mean something else to a reader behind us. Nobody here is signed in.

const casePattern = z.object({
  id: z.string(),
  idea: z.string().optional(),
  why: z.string().optional(),
  raw_target: z.string(),
  method: z.string().default('GET'),
  host: z.string().optional(),
  headers: z.array(z.string()).default([]),
  expect: z.enum(['reject', 'forward', 'safe-either']),
  backend_path: z.string().optional(),
  backend_path_if_forwarded: z.string().optional(),
  backend_absent_headers: z.array(z.string()).default([]),
})
type PathCase = z.infer<typeof casePattern>

const filePattern = z.object({
  assumes: z.object({ host: z.string(), rules: z.array(z.record(z.string(), z.string())) }),
  cases: z.array(z.unknown()),
})

const refusals = [400, 401, 403, 404, 405, 421, 302, 303, 307, 501]

export async function pathBypass(file: CaseFile, report: (result: CaseResult) => void): Promise<void> {
  const { assumes, cases: entries } = filePattern.parse(file.content)
  const cases = readCases(entries, casePattern, report)
  const routes = assumes.rules.flatMap(rule => Object.entries(rule).map(([access, where]) => readRule(access, where)))
  await using deployment = await deploy({
    portalOrigin: `https://auth.${assumes.host}`,
    apps: [{ origin: `https://${assumes.host}`, routes }],
  })
  const open = openPathsOf(routes)
  for (const entry of cases)
    report(await judge(entry.id, titleOf(entry), () => runCase(deployment, assumes.host, open, entry)))
}

/** `anonymous: "prefix /public/"`, `role_admin: "prefix /admin"`, `session: "everything else"`. */
function readRule(access: string, where: string): RouteSetup {
  const [kind = '', path = ''] = where.split(' ')
  if (kind !== 'prefix' && kind !== 'exact' && where !== 'everything else') throw new Error(`no such rule: ${where}`)
  const place = kind === 'exact' ? { path, exact: true } : { path: kind === 'prefix' ? path : '/' }
  if (access === 'anonymous') return { ...place, access: 'public' }
  // The role is the case file's own word; whoever lacks it is refused, and here everybody does.
  return access.startsWith('role_')
    ? { ...place, access: 'signed-in', roles: ['administrator'] }
    : { ...place, access: 'signed-in' }
}

function openPathsOf(routes: readonly RouteSetup[]): OpenPaths {
  const open = routes.filter(route => route.access === 'public')
  return {
    prefixes: open.filter(route => route.exact !== true).map(route => route.path),
    exact: open.filter(route => route.exact === true).map(route => route.path),
  }
}

async function runCase(
  deployment: Deployment,
  host: string,
  open: OpenPaths,
  entry: PathCase,
): Promise<readonly string[]> {
  const { gateway, upstream } = deployment
  const prefix = open.prefixes[0] ?? '/'
  upstream.forget()
  const body = ['POST', 'PUT', 'PATCH'].includes(entry.method) ? ['Content-Length: 0'] : []
  const lines = [
    `${entry.method} ${entry.raw_target} HTTP/1.1`,
    `Host: ${entry.host ?? host}`,
    ...entry.headers,
    ...body,
    'Connection: close',
  ]
  const text = byteText(fillPlaceholders(`${lines.join('\r\n')}\r\n\r\n`, new Map()))
  const answer = await exchange({ port: gateway.port, methods: [entry.method] }, text)
  const invariant = await cleanRequestWorks(deployment, host, prefix)
  const seen = upstream.heads.filter(request => !isCleanRequest(request.target, prefix))
  return [...invariant, ...escapes(seen, open), ...expectationFailures(entry, answer?.status ?? 0, seen)]
}

function escapes(seen: readonly RecordedRequest[], open: OpenPaths): string[] {
  return seen.flatMap(({ target }) => {
    const readings = leavesOpenPaths(target, open)
    return readings.length === 0
      ? []
      : [`the upstream saw ${target}, which some reader takes for ${readings.slice(0, 3).join(' or ')}`]
  })
}

function expectationFailures(entry: PathCase, status: number, seen: readonly RecordedRequest[]): string[] {
  const targets = seen.map(({ target }) => target).join(', ')
  switch (entry.expect) {
    case 'reject':
      if (seen.length > 0) return [`reached the upstream as ${targets}`]
      return refusals.includes(status) ? [] : [`answered ${status}`]
    case 'safe-either':
      if (seen.length === 0) return refusals.includes(status) ? [] : [`answered ${status}`]
      return entry.backend_path_if_forwarded === undefined || targets === entry.backend_path_if_forwarded
        ? []
        : [`forwarded as ${targets} instead of ${entry.backend_path_if_forwarded}`]
    case 'forward': {
      if (targets !== entry.backend_path) return [`the upstream saw "${targets}", answered ${status}`]
      const [request] = seen
      const present = entry.backend_absent_headers.filter(
        name => request !== undefined && fieldsOf(request, name.toLowerCase()).length > 0,
      )
      return present.map(name => `the field ${name} was handed on`)
    }
    default:
      return entry.expect satisfies never
  }
}
