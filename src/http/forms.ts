import { Fault } from '../lib/fault.ts'

/** The fields of a posted form or of a query: each name at most once, each value text. */
export type Fields = ReadonlyMap<string, string>

/**
 * Reads `application/x-www-form-urlencoded` and nothing else. A name that comes twice, or in the clothes of an array, is refused:
 * two values for one field are how a reset mail goes to two addresses (GitLab CVE-2023-7028; ASVS 15.3.7).
 */
export async function readForm(request: Request): Promise<Fields> {
  const type = request.headers.get('content-type') ?? ''
  if (!/^application\/x-www-form-urlencoded(;\s*charset=utf-8)?$/i.test(type)) throw new Fault('unsupported_media_type')
  const body = await request.text()
  if (body.length > formBytesMax) throw new Fault('body_too_large')
  return parseFields(body)
}

/** More than any form of ours needs: a password of 256 code points is 3 KB when percent-encoded, a return address 2 KB. */
export const formBytesMax = 64 * 1024

const fieldsMax = 40
const valueLengthMax = 8_192

export function parseFields(text: string): Fields {
  const fields = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(text)) {
    if (fields.has(name) || !/^[a-z][a-z_]{0,31}$/.test(name))
      throw new Fault('invalid_input', { detail: 'field name' })
    if (value.length > valueLengthMax || fields.size >= fieldsMax) throw new Fault('body_too_large')
    // Unpaired surrogates would become other characters on their way into the store.
    if (!value.isWellFormed()) throw new Fault('invalid_input', { detail: `field ${name}` })
    // A copy: names that are tried are counted for an hour, and a piece of the form would keep all of its 64 KiB with it.
    fields.set(name, Buffer.from(value, 'utf8').toString('utf8'))
  }
  return fields
}
