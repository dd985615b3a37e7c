import { Fault, type FaultCode } from '../lib/fault.ts'

/** What to tell a client whose message the parser gave up. Null: the connection is lost, and there is nobody to answer. */
export function faultOf(error: NodeJS.ErrnoException): Fault | null {
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return null
  const code: FaultCode = parserFaults[error.code ?? ''] ?? 'bad_request'
  return new Fault(code, { cause: error, detail: error.code ?? 'parser' })
}

const parserFaults: Readonly<Record<string, FaultCode>> = {
  HPE_HEADER_OVERFLOW: 'head_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'body_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}
