/** What an authenticator says when it is asked for a passkey, in base64url, as the browser put it into a form. */
export interface Assertion {
  readonly credentialId: string
  readonly clientData: string
  readonly authenticatorData: string
  readonly signature: string
  /** Whose passkey it is, as the authenticator remembers it; null when it was asked for one by its id. */
  readonly userHandle: string | null
}

/** What it says when it has made a new one. */
export interface Attestation {
  readonly credentialId: string
  readonly clientData: string
  readonly attestationObject: string
  readonly transports: readonly Transport[]
}

export const transports = ['usb', 'nfc', 'ble', 'smart-card', 'hybrid', 'internal', 'cable'] as const
export type Transport = (typeof transports)[number]

/**
 * Parses the JSON of a form field. Only what is read here goes on to the library: whatever else was sent, in whatever shape, ends here
 * (ASVS 15.3.5). Null for anything that no browser of ours sends.
 */
export function parseAssertion(text: string): Assertion | null {
  const answer = parseAnswer(text)
  if (answer === null) return null
  const { credentialId, response } = answer
  const clientData = encoded(response['clientDataJSON'], 4_096)
  const authenticatorData = encoded(response['authenticatorData'], 2_048)
  const signature = encoded(response['signature'], 1_024)
  const handle = response['userHandle']
  const isStated = handle !== undefined && handle !== null && handle !== ''
  const userHandle = isStated ? encoded(handle, 88) : null
  if (clientData === null || authenticatorData === null || signature === null) return null
  if (isStated && userHandle === null) return null
  return { credentialId, clientData, authenticatorData, signature, userHandle }
}

export function parseAttestation(text: string): Attestation | null {
  const answer = parseAnswer(text)
  if (answer === null) return null
  const { credentialId, response } = answer
  const clientData = encoded(response['clientDataJSON'], 4_096)
  const attestationObject = encoded(response['attestationObject'], 6_144)
  if (clientData === null || attestationObject === null) return null
  const said = response['transports']
  const known = Array.isArray(said) ? transports.filter(each => said.includes(each)) : []
  return { credentialId, clientData, attestationObject, transports: known }
}

/** The parts of the client's data that the house itself looks at; null when they are not there. */
export function parseClientData(encodedData: string): { challenge: string; crossOrigin: boolean } | null {
  const data = parseRecord(Buffer.from(encodedData, 'base64url').toString('utf8'))
  const challenge = data?.['challenge']
  if (data === null || typeof challenge !== 'string') return null
  return { challenge, crossOrigin: data['crossOrigin'] !== undefined && data['crossOrigin'] !== false }
}

/** A credential's id has up to 1,023 bytes (WebAuthn §4). */
const idLengthMax = 1_364

function parseAnswer(text: string): { credentialId: string; response: Readonly<Record<string, unknown>> } | null {
  const answer = parseRecord(text)
  const id = encoded(answer?.['id'], idLengthMax)
  const response = answer === null ? null : recordOf(answer['response'])
  if (id === null || response === null || answer?.['rawId'] !== id || answer['type'] !== 'public-key') return null
  return { credentialId: id, response }
}

function encoded(value: unknown, lengthMax: number): string | null {
  const isEncoded = typeof value === 'string' && value.length <= lengthMax && /^[A-Za-z0-9_-]+$/.test(value)
  return isEncoded ? value : null
}

function parseRecord(text: string): Readonly<Record<string, unknown>> | null {
  try {
    return recordOf(JSON.parse(text))
  } catch {
    return null
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  return value as Record<string, unknown> // because any other object is one, and nothing more is believed of it
}
