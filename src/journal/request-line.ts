import { isoMilliseconds } from '../lib/instant.ts'
import { jsonText } from '../lib/json-text.ts'

export interface AnsweredRequest {
  readonly receipt: string
  readonly method: string
  readonly host: string
  /** Without the query: it may carry secrets. */
  readonly path: string
  readonly status: number
  readonly address: string
  readonly verdict: 'allow' | 'deny' | 'challenge' | 'fault' | 'own'
  readonly durationMs: number
  readonly accountId: string | null
  readonly route: string | null
}

/** The line of an answered request, as pino would write it. It is the one that is written for each request, so its shape is fixed. */
export function createRequestLine(valueCharactersMax: number): (request: AnsweredRequest, now: number) => string {
  let last = { ms: Number.NaN, text: '' }
  const text = (value: string | null): string => {
    if (value === null) return 'null'
    return jsonText(value.length <= valueCharactersMax ? value : `${value.slice(0, valueCharactersMax)}…`)
  }
  return (request, now) => {
    if (now !== last.ms) last = { ms: now, text: isoMilliseconds(now) }
    return (
      `{"level":"info","time":"${last.text}","event":"request","receipt":${text(request.receipt)}` +
      `,"method":${text(request.method)},"host":${text(request.host)},"path":${text(request.path)}` +
      `,"status":${request.status},"address":${text(request.address)},"durationMs":${Math.round(request.durationMs * 100) / 100}` +
      `,"verdict":"${request.verdict}","accountId":${text(request.accountId)},"route":${text(request.route)}}\n`
    )
  }
}
