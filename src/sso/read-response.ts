import type { ResponseQuestion, ResponseReading } from './reading.ts'

/** Reads and judges one message. Pure: nothing is looked up, nothing is kept. */
export function readResponse(_question: ResponseQuestion): ResponseReading {
  return {
    kind: 'refused',
    cause: 'unreadable',
    detail: 'nothing can be read',
    seen: { issuer: null, nameId: null, offsetMs: null },
  }
}
