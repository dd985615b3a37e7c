import { z } from 'zod'
import { fieldsOf } from '../support/http-message.ts'
import { exchange, type RawResponse } from '../support/raw-http.ts'
import { okAnswer, type RecordedRequest } from '../support/recording-upstream.ts'
import { addPerson, cleanRequestWorks, type Deployment, deploy, openSession } from './deployment.ts'
import { type Baseline, changedIdentity, foldName } from './identity-fields.ts'
import { byteText, fillPlaceholders, type SessionCookie, sessionsWanted } from './placeholders.ts'
import { type CaseFile, type CaseResult, judge, readCases, titleOf } from './suite.ts'

// Fields by which a client would be somebody else. What the application sees is compared with what it sees of the same person's
// request without the fields: nothing of identity or of the forwarded family may differ.

const casePattern = z.object({
  id: z.string(),
  idea: z.string().optional(),
  why: z.string().optional(),
  context: z.string(),
  path: z.string(),
  method: z.string().default('GET'),
  header_lines: z.array(z.string()),
  expect: z.string(),
  also_ok: z.array(z.string()).default([]),
  backend_present: z.record(z.string(), z.string()).optional(),
  backend_absent_headers: z.array(z.string()).default([]),
  backend_absent_values: z.array(z.string()).default([]),
  backend_response_headers: z.array(z.string()).default([]),
})
type SpoofCase = z.infer<typeof casePattern>

const filePattern = z.object({
  assumes: z.object({ host: z.string(), reserved: z.array(z.string()) }),
  cases: z.array(z.unknown()),
})

interface Stage {
  readonly deployment: Deployment
  readonly host: string
  readonly reserved: readonly string[]
  readonly sessions: ReadonlyMap<string, SessionCookie>
}

const openPrefix = '/public/'

export async function headerSpoof(file: CaseFile, report: (result: CaseResult) => void): Promise<void> {
  const { assumes, cases: entries } = filePattern.parse(file.content)
  const cases = readCases(entries, casePattern, report)
  const { host, reserved } = assumes
  const portalHost = `auth.${host}`
  await using deployment = await deploy({
    portalOrigin: `https://${portalHost}`,
    apps: [
      {
        origin: `https://${host}`,
        routes: [
          { path: openPrefix, access: 'public' },
          { path: '/', access: 'signed-in', identityFields: reserved },
        ],
      },
    ],
  })
  const named = cases.flatMap(entry => [personOf(entry.context), ...sessionsWanted(entry.header_lines.join('\n'))])
  const sessions = new Map<string, SessionCookie>()
  for (const name of new Set(['alice', ...named.filter(name => name !== null)])) {
    const person = await addPerson(deployment.gateway, `${name}@example.com`)
    sessions.set(name, await openSession(deployment.gateway, person, { host, path: '/app/echo', portalHost }))
  }
  const stage = { deployment, host, reserved, sessions }
  for (const entry of cases) report(await judge(entry.id, titleOf(entry), () => runCase(stage, entry)))
}

function personOf(context: string): string | null {
  return /^session:([a-z]+)$/.exec(context)?.[1] ?? null
}

interface Exchanged {
  readonly status: number
  readonly answer: RawResponse | null
  readonly request: RecordedRequest | undefined
}

async function runCase(stage: Stage, entry: SpoofCase): Promise<readonly string[]> {
  const { upstream } = stage.deployment
  const lines = entry.header_lines.map(line => byteText(fillPlaceholders(line, stage.sessions)))
  const extra = entry.backend_response_headers.map(line => `${line}\r\n`).join('')
  // `raw`: the case brings its own cookie; what it is compared with is the true person's request.
  const without = await send(stage, entry, entry.context === 'raw' ? 'alice' : personOf(entry.context), [])
  upstream.answer(() => ({ bytes: `HTTP/1.1 200 OK\r\n${extra}Content-Length: 2\r\n\r\nok` }))
  const found = await send(stage, entry, personOf(entry.context), lines)
  upstream.answer(() => okAnswer)
  const invariant = await cleanRequestWorks(stage.deployment, stage.host, openPrefix)
  const failures = classFailures(stage, entry, entry.expect, lines, found, without)
  const fine =
    failures.length === 0 ||
    entry.also_ok.some(other => classFailures(stage, entry, other, lines, found, without).length === 0)
  return [...invariant, ...cookieLeaks(stage, found.request), ...(fine ? [] : failures)]
}

async function send(
  { deployment, host, sessions }: Stage,
  entry: SpoofCase,
  person: string | null,
  lines: readonly string[],
): Promise<Exchanged> {
  deployment.upstream.forget()
  const session = person === null ? undefined : sessions.get(person)
  const named = (name: string) => lines.some(line => line.toLowerCase().startsWith(`${name}:`))
  const all = [
    `${entry.method} ${entry.path} HTTP/1.1`,
    // The case's lines come first: a field that has to be the first one (leading white space) is only there.
    ...lines,
    ...(named('host') ? [] : [`Host: ${host}`]),
    ...(session === undefined ? [] : [`Cookie: ${session.name}=${session.value}`]),
    ...(named('connection') ? [] : ['Connection: close']),
  ]
  const answer = await exchange(
    { port: deployment.gateway.port, methods: [entry.method] },
    `${all.join('\r\n')}\r\n\r\n`,
  )
  return { status: answer?.status ?? 0, answer, request: deployment.upstream.requests[0] }
}

function cookieLeaks({ sessions }: Stage, request: RecordedRequest | undefined): string[] {
  const leaked = [...sessions].filter(([, { value }]) => request?.head.includes(value) === true)
  return leaked.map(([name]) => `the session of ${name} was handed to the application`)
}

function classFailures(
  stage: Stage,
  entry: SpoofCase,
  name: string,
  lines: readonly string[],
  found: Exchanged,
  without: Exchanged,
): string[] {
  const judgeClass = classes[name]
  return judgeClass === undefined
    ? [`nobody knows how to judge ${name}`]
    : judgeClass({ stage, entry, lines, found, without })
}

interface Judged {
  readonly stage: Stage
  readonly entry: SpoofCase
  readonly lines: readonly string[]
  readonly found: Exchanged
  readonly without: Exchanged
}

const classes: Readonly<Record<string, (judged: Judged) => string[]>> = {
  'no-spoof': judged => (isRejected(judged) ? [] : [...spoofed(judged), ...absences(judged)]),
  'reject-400': judged => [
    ...(judged.found.status === 400 ? [] : [`answered ${judged.found.status} instead of 400`]),
    ...(judged.found.request === undefined ? [] : ['reached the application']),
  ],
  'identity-present': judged => [...spoofed(judged), ...presences(judged)],
  'forwarded-true': judged => [...spoofed(judged), ...absences(judged)],
  'nominated-removed': judged => [...spoofed(judged), ...absences(judged)],
  'response-clean': ({ entry, found }) =>
    entry.backend_response_headers
      .map(line => line.split(':')[0] ?? '')
      .filter(name => found.answer !== null && fieldsOf(found.answer, name.toLowerCase()).length > 0)
      .map(name => `the client was given ${name}`)
      .concat(found.status === 200 ? [] : [`answered ${found.status}`]),
  'no-effect-and-removed': judged => [
    ...(judged.found.status === judged.without.status
      ? []
      : [`answered ${judged.found.status}, ${judged.without.status} without the field`]),
    ...((judged.found.request === undefined) === (judged.without.request === undefined)
      ? []
      : ['the field changed the decision']),
    ...handedOn(judged).map(name => `the field ${name} was handed on`),
  ],
  'no-session': ({ found }) => [
    ...(found.request === undefined ? [] : ['reached the application']),
    ...([400, 401, 403, 302, 303].includes(found.status) ? [] : [`answered ${found.status}`]),
  ],
  'one-decision': judged => (judged.found.request === undefined ? [] : spoofed(judged)),
  'forward-untouched': judged => {
    const pairs = judged.lines.map(line => /^([^:]*):[ \t]*(.*?)[ \t]*$/s.exec(line) ?? [line, line, ''])
    const missing = pairs.filter(([, name = '', value = '']) => {
      const { request } = judged.found
      return request === undefined || !fieldsOf(request, name.toLowerCase()).includes(value)
    })
    return [...spoofed(judged), ...missing.map(([line]) => `not handed on as it was: ${line}`)]
  },
  'underscore-policy': judged => (isRejected(judged) ? [] : spoofed(judged)),
  'value-safe': judged => [
    ...(judged.found.status >= 500 ? [`answered ${judged.found.status}`] : []),
    ...(judged.found.request === undefined ? [] : [...spoofed(judged), ...judged.found.request.faults]),
  ],
}

function isRejected({ found }: Judged): boolean {
  return found.status === 400 && found.request === undefined
}

function spoofed({ stage, found, without }: Judged): string[] {
  if (found.request === undefined) return [`answered ${found.status} and not forwarded`]
  if (without.request === undefined) return [`the request without the fields was answered ${without.status}`]
  const baseline: Baseline = { request: without.request, reserved: stage.reserved }
  return changedIdentity(found.request, baseline)
}

function presences({ entry, found, without }: Judged): string[] {
  return Object.keys(entry.backend_present ?? {}).flatMap(name => {
    const values = found.request === undefined ? [] : fieldsOf(found.request, name)
    const [true_] = without.request === undefined ? [] : fieldsOf(without.request, name)
    return values.length === 1 && values[0] === true_
      ? []
      : [`${name} is ${JSON.stringify(values)} instead of one ${true_}`]
  })
}

function absences(judged: Judged): string[] {
  const { entry, found } = judged
  const { request } = found
  if (request === undefined) return []
  const names = entry.backend_absent_headers.filter(name => wasHandedOn(judged, request, name.toLowerCase()))
  const values = entry.backend_absent_values.filter(value => request.head.includes(value))
  return [
    ...names.map(name => `the field ${name} was handed on`),
    ...values.map(value => `the value ${value} was handed on`),
  ]
}

/**
 * RFC 9110 §7.6.1: an intermediary removes Connection "or replaces it with its own control options". Own ones are those that it also sends
 * for the same person's request without the fields of the case; one option more is the client's.
 */
function wasHandedOn({ without }: Judged, request: RecordedRequest, name: string): boolean {
  const values = fieldsOf(request, name)
  if (name !== 'connection' || without.request === undefined) return values.length > 0
  return values.join(', ') !== fieldsOf(without.request, name).join(', ')
}

function handedOn({ lines, found, without }: Judged): string[] {
  const names = lines.map(line => foldName(line.split(':')[0] ?? ''))
  const there = (request: RecordedRequest | undefined, name: string) =>
    request?.headers.some(([field]) => foldName(field) === name) === true
  return names.filter(name => there(found.request, name) && !there(without.request, name))
}
