import { Fault, type FaultCode } from '../../lib/fault.ts'

/** A fault on its way between threads. */
export interface FaultMessage {
  readonly code: FaultCode
  readonly detail: string
}

// sqlite.org/rescode.html, primary codes.
const busy = [5, 6] // BUSY, LOCKED
const unavailable = [3, 7, 8, 10, 11, 13, 14, 26] // PERM, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB

/**
 * What went wrong, without the statement and its values. SQLite's own texts name tables and columns only; the values are bound,
 * never part of the text.
 */
export function faultMessage(error: unknown): FaultMessage {
  if (error instanceof Fault) return { code: error.code, detail: error.message.replace(`${error.code}: `, '') }
  const detail = error instanceof Error ? error.message : 'unknown error'
  // The file system itself said no, before SQLite was asked.
  if (error instanceof Error && 'syscall' in error) return { code: 'unavailable', detail }
  const code = resultCode(error)
  if (code === null) return { code: 'internal', detail }
  if (busy.includes(code)) return { code: 'busy', detail }
  return { code: unavailable.includes(code) ? 'unavailable' : 'internal', detail }
}

/** The primary result code is the low byte of the extended one. */
function resultCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null
  return error.errcode & 0xff
}
