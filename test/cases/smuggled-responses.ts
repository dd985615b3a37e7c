import { fieldsOf } from '../support/http-message.ts'
import { connectRaw, type RawResponse } from '../support/raw-http.ts'
import { okAnswer, type RawAnswer } from '../support/recording-upstream.ts'
import { cleanRequestWorks, type Deployment, isCleanRequest } from './deployment.ts'
import type { Assumes, SmugglingCase } from './smuggling-case.ts'

interface Stage {
  readonly deployment: Deployment
  readonly assumes: Assumes
  readonly fill: (text: string) => string
}

/** What came of a broken answer: at the client, and on the connection to the upstream. */
interface ObservedAnswer {
  readonly response: RawResponse | undefined
  readonly closed: boolean
  /** The connection that carried the broken answer was closed, and no later request came on it. */
  readonly dropped: boolean
}

/** Lets the upstream answer with the bytes of the case, and looks at what the client is told. */
export async function judgeResponseCase(
  { deployment, assumes, fill }: Stage,
  entry: SmugglingCase,
): Promise<readonly string[]> {
  const { gateway, upstream } = deployment
  upstream.answer(request =>
    isCleanRequest(request.target, assumes.anonymous_prefix) ? okAnswer : answerOf(fill(entry.upstream_raw ?? '')),
  )
  const text = fill(entry.request ?? '')
  const connection = await connectRaw({ port: gateway.port, methods: [text.split(' ')[0] ?? 'GET'] })
  await connection.send(text)
  await connection.response(5000).catch(() => null)
  await connection.staysQuiet(60)
  const response = connection.responses.find(({ status }) => status >= 200 || status === 0)
  const closed = connection.isClosed
  connection.close()
  const carried = upstream.heads[0]?.connection
  upstream.answer(() => okAnswer)
  const invariant = await cleanRequestWorks(deployment, assumes.gateway_host, assumes.anonymous_prefix)
  const reused = upstream.heads.some((request, i) => i > 0 && request.connection === carried)
  const gone = carried === undefined || (await isGone(upstream.untilClosed(carried)))
  const body = connection.received()
  const observed = { response, closed, dropped: gone && !reused }
  const failures = answerFailures(entry.expect, observed)
  const fine = failures.length === 0 || entry.also_ok.some(other => answerFailures(other, observed).length === 0)
  return [
    ...invariant,
    ...(carried === undefined ? ['the request did not reach the upstream'] : []),
    ...(body.includes('poison') ? ['the client received the poison'] : []),
    ...(fine ? [] : failures),
  ]
}

/** Longer than a gateway needs to close what it must not use again. */
const closeMs = 2000

async function isGone(closed: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>(resolve => {
    timer = setTimeout(() => resolve(false), closeMs)
  })
  return Promise.race([closed.then(() => true), late]).finally(() => clearTimeout(timer))
}

/** `<CLOSE>` in the bytes of a case: the upstream ends the connection there; `<RST>` resets it; any other mark keeps it open. */
function answerOf(text: string): RawAnswer {
  const mark = /<([A-Z_]+)>/.exec(text)
  if (mark === null) return { bytes: text, after: 'keep' }
  const name = mark[1] ?? ''
  const after = /CLOSE|FIN/.test(name) ? 'close' : /RST|RESET/.test(name) ? 'reset' : 'keep'
  return { bytes: text.slice(0, mark.index), after }
}

/** Reads the class by its words, so that a sibling with another status or body is judged alike. */
function answerFailures(name: string, { response, closed, dropped }: ObservedAnswer): string[] {
  if (name === 'must-abort-client-connection')
    return response?.complete === true ? ['the client was given a whole answer'] : closed ? [] : ['left open']
  const failures: string[] = []
  const status = /answer-([0-9]{3})/.exec(name)?.[1]
  if (status === undefined) return [`nobody knows how to judge ${name}`]
  if (response === undefined) return ['no answer']
  if (response.status !== Number(status)) failures.push(`answered ${response.status} instead of ${status}`)
  if (!response.complete || response.faults.length > 0)
    failures.push(`the answer is broken: ${response.faults.join(', ')}`)
  const body = /-body-([a-z0-9]+)/.exec(name)?.[1]
  if (body !== undefined && response.body.toString('latin1') !== body) failures.push(`its body is not ${body}`)
  if (/close-upstream|drop-connection/.test(name) && !dropped)
    failures.push('the connection to the upstream was used again')
  if (/without-the-extra-field/.test(name) && fieldsOf(response, 'set-cookie').length > 0)
    failures.push('the extra field came through')
  return failures
}
