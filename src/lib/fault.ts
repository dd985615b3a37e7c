/**
 * Something that the caller cannot decide about. Expected outcomes are values; a Fault is thrown.
 * It carries a stable code, a status, one public sentence that tells an attacker nothing, and the private cause for the journal.
 */
export class Fault extends Error {
  readonly code: FaultCode
  readonly status: number
  readonly publicText: string
  /** Seconds after which trying again makes sense, where that is known. */
  readonly retryAfterSeconds: number | undefined
  /** Name of the rule of the wire that refused the message (wire/refusals.ts). */
  readonly rule: string | undefined

  constructor(code: FaultCode, options: FaultOptions = {}) {
    super(options.detail === undefined ? code : `${code}: ${options.detail}`, { cause: options.cause })
    this.name = 'Fault'
    this.code = code
    this.status = faults[code].status
    this.publicText = faults[code].text
    this.retryAfterSeconds = options.retryAfterSeconds
    this.rule = options.rule
  }
}

export interface FaultOptions {
  readonly cause?: unknown
  readonly detail?: string
  readonly retryAfterSeconds?: number
  readonly rule?: string
}

export type FaultCode = keyof typeof faults

/** The one list of faults; docs/errors.md is compared with it. */
export const faults = {
  bad_request: { status: 400, text: 'The request could not be understood.' },
  plain_http: { status: 400, text: 'Plain HTTP was sent to an HTTPS port. Please use https.' },
  ambiguous_target: { status: 400, text: 'The request could not be understood.' },
  not_found: { status: 404, text: 'There is nothing here.' },
  method_not_allowed: { status: 405, text: 'That method is not available here.' },
  request_timeout: { status: 408, text: 'The request did not arrive in time.' },
  conflict: { status: 409, text: 'That cannot be done in the present state.' },
  body_too_large: { status: 413, text: 'The request is too large.' },
  target_too_long: { status: 414, text: 'The address is too long.' },
  unsupported_media_type: { status: 415, text: 'This kind of content is not accepted here.' },
  expectation_failed: { status: 417, text: 'The request asks for something that is not available here.' },
  misdirected: { status: 421, text: 'This host is not served here.' },
  head_too_large: { status: 431, text: 'The request is too large.' },
  invalid_input: { status: 422, text: 'The input is not valid.' },
  internal: { status: 500, text: 'Something went wrong on our side.' },
  not_implemented: { status: 501, text: 'That method is not available here.' },
  upstream_unreachable: { status: 502, text: 'The application cannot be reached right now.' },
  upstream_broken: { status: 502, text: 'The application gave an unusable answer.' },
  upstream_timeout: { status: 504, text: 'The application did not answer in time.' },
  busy: { status: 503, text: 'The service is busy. Please try again shortly.' },
  unavailable: { status: 503, text: 'The service is not available right now. Please try again shortly.' },
  loop_detected: { status: 508, text: 'The request came back to where it started.' },
} as const satisfies Record<string, { status: number; text: string }>
