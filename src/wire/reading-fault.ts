import type { Fault } from '../lib/fault.ts'
import type { Reading } from './llhttp.ts'
import { refusal, ruleOfParserError } from './refusals.ts'

export interface HeadCaps {
  readonly headBytesMax: number
  readonly targetBytesMax: number
}

/** What is wrong with a head as far as it has come. The cause that can be named best comes first. */
export function faultOfHead(reading: Reading, bytes: number, targetBytes: number, caps: HeadCaps): Fault | null {
  const { headBytesMax, targetBytesMax } = caps
  if (targetBytes > targetBytesMax) return refusal('target-bytes', { detail: `more than ${targetBytesMax}` })
  if (bytes > headBytesMax) return refusal('head-bytes', { detail: `more than ${headBytesMax}` })
  return faultOfReading(reading, false)
}

export function faultOfReading({ error }: Reading, inBody: boolean): Fault | null {
  return error === null ? null : refusal(ruleOfParserError(error, inBody), { detail: error })
}
