import { inflateRawSync } from 'node:zlib'

/**
 * The two things this provider has to know about a request. Its signature is not looked at: the answer goes to the one gateway that
 * it was started with, wherever the request came from, and the gateway checks that it has asked.
 */
export function readMessage(form: URLSearchParams, field: 'SAMLRequest' | 'SAMLResponse'): Message | null {
  const xml = inflate(Buffer.from(form.get(field) ?? '', 'base64'))
  const id = /\sID="([A-Za-z_][\w.-]{0,127})"/.exec(xml)?.[1]
  return id === undefined ? null : { id, forced: /\sForceAuthn="(?:true|1)"/.test(xml) }
}

export interface Message {
  readonly id: string
  /** Ask the person, whoever is remembered. */
  readonly forced: boolean
}

/** Compressed in the redirect binding, plain in the other. */
function inflate(bytes: Buffer): string {
  if (bytes.toString('utf8').startsWith('<')) return bytes.toString('utf8')
  try {
    return inflateRawSync(bytes, { maxOutputLength: 100_000 }).toString('utf8')
  } catch {
    return ''
  }
}
