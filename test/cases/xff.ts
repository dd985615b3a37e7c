import { z } from 'zod'
import { fieldsOf } from '../support/http-message.ts'
import { exchange } from '../support/raw-http.ts'
import type { RecordedRequest } from '../support/recording-upstream.ts'
import { type Deployment, deploy } from './deployment.ts'
import type { TrustedProxies } from './gateway.ts'
import { byteText, fillPlaceholders } from './placeholders.ts'
import { type CaseFile, type CaseResult, judge, readCases, titleOf } from './suite.ts'

// Who the client is, behind any chain of proxies. The peer of a case cannot connect from its address here, so one more trusted
// proxy, 127.0.0.1, stands in front and names it: the walk then comes past the peer just as it would have begun there.

const casePattern = z.object({
  id: z.string(),
  idea: z.string().optional(),
  why: z.string().optional(),
  trusted: z.union([z.array(z.string()), z.number()]).optional(),
  hops: z.number().optional(),
  mode: z.enum(['x-forwarded-for', 'forwarded']).default('x-forwarded-for'),
  peer: z.string(),
  headers: z.array(z.string()),
  expect_client: z.string(),
  also_ok: z.array(z.string()).default([]),
})
type ClientCase = z.infer<typeof casePattern>

const filePattern = z.object({ cases: z.array(z.unknown()) })

export async function xff(file: CaseFile, report: (result: CaseResult) => void): Promise<void> {
  const cases = readCases(filePattern.parse(file.content).cases, casePattern, report)
  const groups = Map.groupBy(cases, entry => JSON.stringify(trustOf(entry)))
  for (const group of groups.values()) {
    // Awaited within each case: a gateway that does not start fails them one by one, and no other group.
    const starting = deploy({
      portalOrigin: 'https://auth.gw.test',
      ...trustedBy(group),
      apps: [{ origin: 'https://gw.test', routes: [{ path: '/public/', access: 'public' }] }],
    })
    for (const entry of group) report(await judge(entry.id, titleOf(entry), async () => runCase(await starting, entry)))
    await starting.then(
      deployment => deployment[Symbol.asyncDispose](),
      () => {},
    )
  }
}

function trustedBy([first]: readonly ClientCase[]): { trustedProxies?: TrustedProxies } {
  return first === undefined ? {} : { trustedProxies: trustOf(first) }
}

/** What the case trusts, and the stand-in for its peer. */
function trustOf({ trusted, hops, mode }: ClientCase): TrustedProxies {
  const count = hops ?? (typeof trusted === 'number' ? trusted : undefined)
  if (count !== undefined) return { hops: count + 1, mode }
  return { networks: ['127.0.0.1', ...(Array.isArray(trusted) ? trusted : [])], mode }
}

async function runCase({ gateway, upstream }: Deployment, entry: ClientCase): Promise<readonly string[]> {
  upstream.forget()
  const lines = [
    `GET /public/${entry.id} HTTP/1.1`,
    'Host: gw.test',
    ...entry.headers,
    peerField(entry),
    'Connection: close',
  ]
  const answer = await exchange(
    { port: gateway.port },
    byteText(fillPlaceholders(`${lines.join('\r\n')}\r\n\r\n`, new Map())),
  )
  const [request] = upstream.requests
  if (request === undefined) return [`answered ${answer?.status ?? 'not at all'} and not forwarded`]
  const clients = clientsOf(request)
  const accepted = [entry.expect_client, ...entry.also_ok]
  const wrong = Object.entries(clients).filter(([, client]) => !accepted.includes(client))
  if (clients['x-forwarded-for'] === undefined) return ['no X-Forwarded-For at the upstream']
  return wrong.map(([field, client]) => `${field} says ${client} instead of ${accepted.join(' or ')}`)
}

/** A line of its own: repeated lines are one list in order. */
function peerField({ mode, peer }: ClientCase): string {
  if (mode === 'x-forwarded-for') return `X-Forwarded-For: ${peer}`
  return `Forwarded: for=${peer.includes(':') ? `"[${peer}]"` : peer}`
}

/** The client by every field that names one. */
function clientsOf(request: RecordedRequest): Record<string, string> {
  const clients: Record<string, string> = {}
  for (const name of ['x-forwarded-for', 'x-real-ip']) {
    const values = fieldsOf(request, name)
    if (values.length > 0) clients[name] = values.join(', ')
  }
  const forwarded = fieldsOf(request, 'forwarded').join(', ')
  const node = /^for="?\[?([^\]";,]+)/i.exec(forwarded)?.[1]
  if (forwarded !== '') clients['forwarded'] = node ?? forwarded
  return clients
}
