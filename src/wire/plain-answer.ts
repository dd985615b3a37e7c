import type { Fault } from '../lib/fault.ts'
import type { RawHeaders } from '../lib/request-head.ts'

// The answer to a message that nobody but the listener has seen: plain text, the fault's public sentence, nothing of the message.

export function plainAnswer(fault: Fault, receipt: string | undefined): { headers: RawHeaders; body: string } {
  const body = receipt === undefined ? `${fault.publicText}\n` : `${fault.publicText}\nReceipt: ${receipt}\n`
  return {
    headers: [
      'Content-Type',
      'text/plain; charset=utf-8',
      'Cache-Control',
      'no-store',
      'X-Content-Type-Options',
      'nosniff',
      ...(fault.retryAfterSeconds === undefined ? [] : ['Retry-After', String(fault.retryAfterSeconds)]),
    ],
    body,
  }
}

/** The same as bytes, for a connection that no parser reads any more. */
export function writePlainAnswer(fault: Fault, receipt: string | undefined, withoutBody = false): Buffer {
  const { headers, body } = plainAnswer(fault, receipt)
  const all = [...headers, 'Content-Length', String(Buffer.byteLength(body)), 'Connection', 'close']
  let head = `HTTP/1.1 ${fault.status} ${reasons[fault.status] ?? 'Refused'}\r\n`
  for (let i = 0; i < all.length; i += 2) head += `${all[i]}: ${all[i + 1]}\r\n`
  return Buffer.from(`${head}\r\n${withoutBody ? '' : body}`, 'latin1')
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  414: 'URI Too Long',
  417: 'Expectation Failed',
  421: 'Misdirected Request',
  431: 'Request Header Fields Too Large',
  501: 'Not Implemented',
  503: 'Service Unavailable',
}
