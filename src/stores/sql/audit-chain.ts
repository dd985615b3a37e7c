import { createHmac } from 'node:crypto'
import type { AuditEntry } from '../../journal/audit.ts'

/** The link of one row: keyed, so that nobody without the key can write a row that fits, and over the link before it. */
export function linkOf(key: Uint8Array, previousLink: string, entry: AuditEntry): string {
  return mac(key, previousLink + canonical(entry))
}

/** Over the newest number and link. Without the key, an older end of the chain cannot be passed off as the newest. */
export function sealOf(key: Uint8Array, number: number, link: string): string {
  return mac(key, `head ${number} ${link}`)
}

function mac(key: Uint8Array, text: string): string {
  return createHmac('sha256', key).update(text, 'utf8').digest('base64url')
}

/** JSON with the names of each record in order, so that the same entry always gives the same bytes (in the manner of RFC 8785). */
function canonical(entry: AuditEntry): string {
  return JSON.stringify(entry, (_name, value: unknown) =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)))
      : value,
  )
}
