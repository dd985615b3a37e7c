import { z } from 'zod'
import { fieldsOf } from '../support/http-message.ts'
import type { RecordedRequest } from '../support/recording-upstream.ts'

/** What a case says about the requests that its bytes must become at the upstream. */
export const forwardPattern = z.object({
  count: z.number().optional(),
  method: z.string().optional(),
  path: z.string().optional(),
  paths: z.array(z.string()).optional(),
  body: z.string().optional(),
  body_length: z.number().optional(),
  absent_headers: z.array(z.string()).optional(),
  absent_values: z.array(z.string()).optional(),
  raw_absent: z.array(z.string()).optional(),
  header_list: z.record(z.string(), z.string()).optional(),
  header_bytes: z.record(z.string(), z.string()).optional(),
})
export type Forward = z.infer<typeof forwardPattern>

/** Compares what came with what should have come; empty when all is well. */
export function forwardFailures(forward: Forward, seen: readonly RecordedRequest[]): string[] {
  const whole = seen.filter(request => request.complete)
  const count = forward.count ?? forward.paths?.length ?? 1
  const failures: string[] = []
  if (whole.length !== count) {
    const lines = whole.map(({ startLine, connection }) => `${startLine} on connection ${connection}`)
    failures.push(`the upstream saw ${whole.length} whole requests instead of ${count}: ${lines.join(', ')}`)
  }
  if (forward.paths !== undefined && forward.paths.join(' ') !== whole.map(({ target }) => target).join(' '))
    failures.push(`the upstream saw ${whole.map(({ target }) => target).join(' ')}`)
  const [request] = whole
  return request === undefined || count !== 1 ? failures : [...failures, ...requestFailures(forward, request)]
}

function requestFailures(forward: Forward, request: RecordedRequest): string[] {
  const failures: string[] = []
  const body = request.body.toString('latin1')
  const differs = (what: string, wanted: string | number | undefined, found: string | number) => {
    if (wanted !== undefined && wanted !== found)
      failures.push(`${what} ${JSON.stringify(found).slice(0, 80)} instead of ${JSON.stringify(wanted).slice(0, 80)}`)
  }
  differs('method', forward.method, request.method)
  differs('path', forward.path, request.target)
  differs('body', forward.body, body)
  differs('body length', forward.body_length, body.length)
  for (const [name, value] of Object.entries({ ...forward.header_list, ...forward.header_bytes }))
    differs(`field ${name}`, value, fieldsOf(request, name.toLowerCase()).join(', '))
  for (const name of forward.absent_headers ?? [])
    if (fieldsOf(request, name.toLowerCase()).length > 0) failures.push(`the field ${name} was handed on`)
  for (const value of forward.absent_values ?? [])
    if (`${request.head}${request.trailers}`.includes(value)) failures.push(`the value ${value} was handed on`)
  for (const text of forward.raw_absent ?? []) if (request.head.includes(text)) failures.push(`the head holds ${text}`)
  return failures
}
