import type { KeyObject } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'
import { refuse, shown } from './refused.ts'
import { signatureAlgorithms } from './signature-shape.ts'
import { isSignedByOne } from './trusted-keys.ts'
import { decodeBase64 } from './xml-text.ts'

/** A message that came by redirect. */
export interface SignedQuery {
  readonly parameter: 'SAMLRequest' | 'SAMLResponse'
  readonly xml: Buffer
  readonly relayState: string | null
}

/**
 * Reads a message by redirect (bindings 3.4.4): the signature is over parts of the query as they were sent, so the query is read as it
 * came and in no other way. `query`: what stands behind the question mark. What was not signed is never inflated. Throws `Refused`.
 */
export function openSignedQuery(query: string, keys: readonly KeyObject[]): SignedQuery {
  if (query.length > queryLengthMax) refuse('too_large', `the query has ${query.length} characters`)
  const found = findParameters(query)
  const { parameter, message } = messageOf(found)
  const { RelayState: relay, SigAlg, Signature } = found
  if (SigAlg === undefined || Signature === undefined)
    return refuse('signature_missing', 'SigAlg or Signature is missing')
  const relayed = relay === undefined ? [] : [`RelayState=${relay}`]
  const signed = [`${parameter}=${message}`, ...relayed, `SigAlg=${SigAlg}`].join('&')
  if (!isSignedByOne(keys, Buffer.from(signed, 'latin1'), base64Of('Signature', Signature), algorithmOf(SigAlg)))
    return refuse('signature_wrong', 'no certificate of the provider fits the signature of the query')
  const deflated = base64Of(parameter, message)
  // A space may be written as a plus sign: forms are encoded so.
  const relayState = relay === undefined ? null : decoded('RelayState', relay.replaceAll('+', '%20'))
  return { parameter, xml: inflate(deflated), relayState }
}

/** A message of 16 KiB in base64 where each third character takes three, a relay state, and a signature. */
const queryLengthMax = 48 * 1024

const names = ['SAMLRequest', 'SAMLResponse', 'RelayState', 'SigAlg', 'Signature', 'SAMLEncoding'] as const
type Found = Readonly<Partial<Record<(typeof names)[number], string>>>

/** The values in the bytes they came in. A second one, or a name that another reader might take for one of these, is refused. */
function findParameters(query: string): Found {
  const found: Partial<Record<(typeof names)[number], string>> = {}
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=')
    const raw = equals < 0 ? pair : pair.slice(0, equals)
    const meant = bareName(raw)
    const name = names.find(each => each.toLowerCase() === meant)
    if (name === undefined) continue
    if (raw !== name) refuse('unreadable', `${shown(raw)} is another spelling of ${name}`)
    if (found[name] !== undefined) refuse('unreadable', `${name} comes twice`)
    const value = equals < 0 ? '' : pair.slice(equals + 1)
    if (!/^[\x21-\x7e]*$/.test(value)) refuse('unreadable', `${name} has characters that no address has`)
    found[name] = value
  }
  return found
}

/** What is left of a name when all is taken off that one reader or another takes off: encodings (also double), brackets, spaces, case. */
function bareName(raw: string): string {
  let name = raw
  for (let i = 0; i < 2; i++) {
    try {
      name = decodeURIComponent(name)
    } catch {
      break
    }
  }
  return name.replaceAll(/[^A-Za-z]/g, '').toLowerCase()
}

function messageOf({
  SAMLRequest,
  SAMLResponse,
  SAMLEncoding,
}: Found): Pick<SignedQuery, 'parameter'> & { message: string } {
  if (SAMLEncoding !== undefined && decoded('SAMLEncoding', SAMLEncoding) !== deflateEncoding)
    refuse('unreadable', 'SAMLEncoding is not DEFLATE')
  if (SAMLRequest !== undefined && SAMLResponse === undefined) return { parameter: 'SAMLRequest', message: SAMLRequest }
  if (SAMLResponse !== undefined && SAMLRequest === undefined)
    return { parameter: 'SAMLResponse', message: SAMLResponse }
  return refuse('unreadable', 'neither one SAMLRequest nor one SAMLResponse')
}

const deflateEncoding = 'urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE'

function algorithmOf(raw: string) {
  const name = decoded('SigAlg', raw)
  const algorithm = Object.hasOwn(signatureAlgorithms, name) ? signatureAlgorithms[name] : undefined
  return algorithm ?? refuse('algorithm', `SigAlg is ${shown(name)}, which is not accepted`)
}

function inflate(deflated: Buffer): Buffer {
  if (deflated.length > deflatedBytesMax) refuse('too_large', `${deflated.length} bytes, deflated`)
  try {
    return inflateRawSync(deflated, { maxOutputLength: inflatedBytesMax })
  } catch (error) {
    if (error instanceof RangeError) return refuse('too_large', `more than ${inflatedBytesMax} bytes, inflated`)
    return refuse('unreadable', 'what should be deflated is not')
  }
}

const deflatedBytesMax = 16 * 1024
const inflatedBytesMax = 64 * 1024

function base64Of(name: string, raw: string): Buffer {
  return decodeBase64(decoded(name, raw)) ?? refuse('unreadable', `${name} is not base64`)
}

function decoded(name: string, raw: string): string {
  try {
    return decodeURIComponent(raw)
  } catch {
    return refuse('unreadable', `${name} is not percent-encoded`)
  }
}
