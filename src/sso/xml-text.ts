import { refuse } from './refused.ts'

// From the bytes of a message to text that a parser may see. Everything here is linear in the length, and comes before any parser.

/** 192 KiB of XML; messages with hundreds of groups have some 60. */
const encodedMax = 256 * 1024

/**
 * Base64 in its one spelling (RFC 4648 §3.5: no stray bits, no other characters): what two decoders read differently is nobody's message.
 * Line breaks as of RFC 2045 §6.8, which the binding names, are taken out first.
 */
export function decodeMessage(encoded: string): Buffer {
  if (encoded.length > encodedMax)
    refuse('too_large', `the message has ${encoded.length} characters, ${encodedMax} at most`)
  return decodeBase64(encoded.replaceAll(/\r?\n/g, '')) ?? refuse('unreadable', 'the message is not base64')
}

/** Null when it is not base64, or not in the one spelling. */
export function decodeBase64(text: string): Buffer | null {
  if (text === '' || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return null
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : null
}

/**
 * The text of a document without its XML declaration: UTF-8 and nothing else, no byte order mark, no DOCTYPE, no comment, no CDATA, no
 * processing instruction. What is forbidden here are all constructs that parsers have been seen to read differently from each other.
 */
export function textOfDocument(bytes: Uint8Array): string {
  const text = withoutDeclaration(decodeUtf8(bytes))
  if (text.includes('<!')) refuse('forbidden_markup', 'a DOCTYPE, comment or CDATA section')
  if (text.includes('<?'))
    refuse('forbidden_markup', 'a processing instruction, or an XML declaration that is not UTF-8')
  // What XML 1.0 §2.2 leaves out, and the byte order mark.
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufeff\ufffe\uffff]/.test(text))
    refuse('unreadable', 'a character that XML cannot hold')
  if (count(text, '<') > tagsMax || count(text, '"') + count(text, "'") > quotesMax)
    refuse('too_large', 'too many elements or attributes')
  return text
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return refuse('unreadable', 'the message is not UTF-8')
  }
}

function withoutDeclaration(text: string): string {
  return text.replace(
    /^<\?xml\s+version=(["'])1\.0\1(?:\s+encoding=(["'])utf-8\2)?(?:\s+standalone=(["'])(?:yes|no)\3)?\s*\?>/i,
    '',
  )
}

function count(text: string, character: string): number {
  let found = 0
  for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1)) found++
  return found
}

/** Twice the elements that a document may have (opening and closing tags). */
const tagsMax = 5_000
/** Two for each attribute and namespace declaration. */
const quotesMax = 20_000
