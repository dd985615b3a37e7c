import { connectRaw, type RawConnection } from '../support/raw-http.ts'
import type { RecordedRequest } from '../support/recording-upstream.ts'
import { addPerson, cleanRequestWorks, type Deployment, deploy, isCleanRequest, openSession } from './deployment.ts'
import { forwardFailures } from './forwarded.ts'
import { fillPlaceholders, type SessionCookie, sessionsWanted } from './placeholders.ts'
import { judgeResponseCase } from './smuggled-responses.ts'
import { type Assumes, isSlow, type SmugglingCase, type Step, smugglingCase, smugglingFile } from './smuggling-case.ts'
import { type CaseFile, type CaseResult, judge, readCases, titleOf } from './suite.ts'

// Bytes in, bytes at the upstream: framing, line syntax, hosts, chunk sizes, slow senders.

/** What a case did: seen from the client and from the upstream. */
export interface Observed {
  readonly statuses: readonly number[]
  readonly closed: boolean
  /** Requests of this case at the upstream, finished or not, in the order of their ends. */
  readonly seen: readonly RecordedRequest[]
}

export async function httpSmuggling(file: CaseFile, report: (result: CaseResult) => void): Promise<void> {
  const { assumes, cases: entries } = smugglingFile.parse(file.content)
  const cases = readCases(entries, smugglingCase, report)
  const portalHost = `auth.${assumes.gateway_host}`
  await using deployment = await deploy({
    portalOrigin: `https://${portalHost}`,
    apps: [{ origin: `https://${assumes.gateway_host}`, routes: routesOf(assumes) }],
  })
  const sessions = new Map<string, SessionCookie>()
  for (const name of new Set(cases.flatMap(entry => sessionsWanted(JSON.stringify(entry))))) {
    const person = await addPerson(deployment.gateway, `${name}@example.com`)
    const path = assumes.session_prefix ?? assumes.protected_prefix
    sessions.set(name, await openSession(deployment.gateway, person, { host: assumes.gateway_host, path, portalHost }))
  }
  const stage = { deployment, assumes, fill: (text: string) => fillPlaceholders(text, sessions) }
  const slow = cases.filter(isSlow)
  for (const entry of cases.filter(entry => !slow.includes(entry))) {
    deployment.upstream.forget()
    report(await judge(entry.id, titleOf(entry), () => runCase(stage, entry, () => true)))
  }
  // Those that wait for half a minute wait together; their requests are told apart by the id in their paths.
  deployment.upstream.forget()
  const together = slow.map(entry =>
    judge(entry.id, titleOf(entry), () => runCase(stage, entry, path => path.includes(entry.id))),
  )
  for (const result of await Promise.all(together)) report(result)
}

interface SmugglingStage {
  readonly deployment: Deployment
  readonly assumes: Assumes
  readonly fill: (text: string) => string
}

function routesOf(assumes: Assumes) {
  const protectedRoutes = [assumes.protected_prefix, assumes.session_prefix].filter(prefix => prefix !== undefined)
  return [
    { path: assumes.anonymous_prefix, access: 'public' as const },
    ...protectedRoutes.map((path, i) => ({
      path,
      access: 'signed-in' as const,
      ...(i === 0 ? { roles: ['administrator'] } : {}),
    })),
  ]
}

async function runCase(
  { deployment, assumes, fill }: SmugglingStage,
  entry: SmugglingCase,
  isOfCase: (target: string) => boolean,
): Promise<readonly string[]> {
  if (entry.direction === 'response') return judgeResponseCase({ deployment, assumes, fill }, entry)
  const { connection, closed } = await play(deployment.gateway.port, entry, fill)
  const statuses = connection.responses.map(response => response.status)
  connection.close()
  const invariant = await cleanRequestWorks(deployment, assumes.gateway_host, assumes.anonymous_prefix)
  const { requests, heads } = deployment.upstream
  const seen = requests.filter(({ target }) => !isCleanRequest(target, assumes.anonymous_prefix) && isOfCase(target))
  const intruders = heads.filter(({ target }) => target.startsWith(assumes.protected_prefix))
  return [
    ...invariant,
    ...intruders.map(({ target }) => `a protected path reached the upstream: ${target}`),
    ...seen.filter(request => request.complete).flatMap(oddFraming),
    ...expectationFailures(entry, { statuses, closed, seen }),
  ]
}

/** How long an answer may take before the case is taken for unanswered. */
const answerMs = 5000
/** Longer than the gateway waits for the rest of a head or of a body (30 s and the second in which it looks). */
const timeLimitMs = 35_000
/** After the last expected answer: what comes this much later was triggered by the same bytes. */
const settleMs = 60

async function play(
  port: number,
  entry: SmugglingCase,
  fill: (text: string) => string,
): Promise<{ connection: RawConnection; closed: boolean }> {
  const connection = await connectRaw({ port })
  const steps: readonly Step[] = entry.steps ?? [{ send: entry.raw ?? '' }]
  for (const step of steps) {
    if (connection.isClosed) break
    await take(connection, step, fill)
  }
  const answersWanted = entry.expect === 'must-forward-once' ? (entry.forward?.count ?? 1) : 1
  const patienceMs = isSlow(entry) ? timeLimitMs : answerMs
  for (let i = 0; i < answersWanted; i++) if ((await connection.response(patienceMs).catch(() => null)) === null) break
  if (entry.close_required) await connection.closes(patienceMs)
  else await connection.staysQuiet(settleMs)
  return { connection, closed: connection.isClosed }
}

async function take(connection: RawConnection, step: Step, fill: (text: string) => string): Promise<void> {
  if (step.send !== undefined) await connection.send(fill(step.send))
  if (step.repeat !== undefined) await sendMany(connection, fill(step.repeat.text), step.repeat.times)
  if (step.dribble !== undefined) await connection.dribble(fill(step.dribble.text))
  if (step.wait_ms !== undefined) await connection.closes(step.wait_ms)
  if (step.wait_ms_config !== undefined) await connection.closes(timeLimitMs)
  if (step.fin !== undefined) connection.fin()
  if (step.rst !== undefined) connection.reset()
}

/** In pieces, each after the system took the last: an endless sender is stopped by backpressure, as a real one would be. */
async function sendMany(connection: RawConnection, text: string, times: number): Promise<void> {
  const perPiece = Math.max(1, Math.floor(65_536 / Math.max(1, text.length)))
  for (let sent = 0; sent < times && !connection.isClosed; sent += perPiece)
    await connection.send(text.repeat(Math.min(perPiece, times - sent)))
}

function oddFraming(request: RecordedRequest): string[] {
  return request.faults.map(fault => `odd framing at the upstream: ${fault}`)
}

function expectationFailures(entry: SmugglingCase, observed: Observed): readonly string[] {
  const failures = classFailures(entry, entry.expect, observed)
  if (failures.length === 0) return []
  const otherwiseFine = entry.also_ok.some(other => classFailures(entry, other, observed).length === 0)
  return otherwiseFine ? [] : failures
}

function classFailures(entry: SmugglingCase, name: string, observed: Observed): readonly string[] {
  if (name === 'must-reject-400') return rejectionFailures(entry, observed)
  if (name === 'must-not-reach-backend') return reachFailures(entry, observed)
  // Whatever follows the one message is judged by the invariant: it must not reach a protected path.
  if (name.startsWith('must-forward-once-then'))
    return observed.seen[0]?.complete === true ? [] : ['nothing was forwarded']
  if (name === 'must-forward-once') return forwardFailures(entry.forward ?? {}, observed.seen)
  return [`nobody knows how to judge ${name}`]
}

function rejectionFailures(entry: SmugglingCase, { statuses, closed, seen }: Observed): string[] {
  const accepted = entry.ok_status ?? [400]
  const [status] = statuses
  const failures = seen.filter(request => request.complete).map(({ method, target }) => `forwarded ${method} ${target}`)
  if (status !== undefined && !accepted.includes(status))
    failures.push(`answered ${status} instead of ${accepted.join(' or ')}`)
  if (status === undefined && !closed) failures.push('neither answered nor closed')
  if (entry.close_required && !closed) failures.push('the connection was left open')
  return failures
}

function reachFailures(entry: SmugglingCase, { statuses, closed, seen }: Observed): string[] {
  const failures: string[] = []
  const completed = seen.find(({ complete, target }) => complete && target === entry.never_complete)
  if (completed !== undefined) failures.push(`completed ${completed.target} at the upstream`)
  const [status] = statuses
  if (entry.ok_status !== undefined && status !== undefined && !entry.ok_status.includes(status))
    failures.push(`answered ${status} instead of ${entry.ok_status.join(' or ')}`)
  if (entry.never_upgraded && statuses.includes(101)) failures.push('upgraded')
  if (entry.close_required && !closed) failures.push('the connection was left open')
  return failures
}
