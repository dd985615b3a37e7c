import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

// An authenticator in software, so that tests can say what no real one would: other origins, other sites, no user verification, counters
// that stand still, certificates that nobody asked for.

export interface SoftwareKey {
  readonly credentialId: string
  /** The answer to creation options, as the page's script puts it into the form. */
  create(options: Options, said?: Said): string
  /** The answer to request options. Counts up, unless the counter is stated. */
  answer(options: Options, said?: Said): string
}

/** What of the options an authenticator looks at. */
export interface Options {
  readonly challenge: string
  readonly user?: { readonly id: string }
}

/** Whatever is not stated is as it should be. */
export interface Said {
  readonly origin?: string
  readonly rpId?: string
  readonly challenge?: string
  readonly type?: string
  readonly crossOrigin?: boolean
  readonly verified?: boolean
  readonly present?: boolean
  readonly counter?: number
  readonly userHandle?: string | null
  readonly credentialId?: string
  readonly signature?: string
  /** Attestation format and statement (CBOR), in place of none. */
  readonly attestation?: { readonly format: string; readonly statement: Buffer }
}

export function createSoftwareKey(
  origin: string,
  about: { counts?: boolean; credentialId?: string } = {},
): SoftwareKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { counts = false, credentialId = randomBytes(16).toString('base64url') } = about
  const rpId = new URL(origin).hostname
  let counter = 0
  let handle: string | null = null
  const next = () => (counts ? ++counter : 0)
  return {
    credentialId,
    create(options, said = {}) {
      handle = options.user?.id ?? null
      const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
      const cose = Buffer.concat([
        Buffer.from('a5010203262001215820', 'hex'),
        Buffer.from(x, 'base64url'),
        Buffer.from('225820', 'hex'),
        Buffer.from(y, 'base64url'),
      ])
      const id = Buffer.from(said.credentialId ?? credentialId, 'base64url')
      const length = Buffer.alloc(2)
      length.writeUInt16BE(id.length)
      const data = Buffer.concat([head({ rpId, counter: next(), ...said }, 0x40), Buffer.alloc(16), length, id, cose])
      const { format, statement } = said.attestation ?? { format: 'none', statement: Buffer.from([0xa0]) }
      const attestationObject = Buffer.concat([
        ...[Buffer.from([0xa3]), text('fmt'), text(format), text('attStmt'), statement, text('authData')],
        bytes(data),
      ])
      const clientDataJSON = clientData(options, { type: 'webauthn.create', origin, ...said })
      return json(said.credentialId ?? credentialId, {
        clientDataJSON: clientDataJSON.toString('base64url'),
        attestationObject: attestationObject.toString('base64url'),
        transports: ['internal', 'hybrid'],
      })
    },
    answer(options, said = {}) {
      const data = head({ rpId, counter: next(), ...said }, 0)
      const client = clientData(options, { type: 'webauthn.get', origin, ...said })
      const signed = Buffer.concat([data, createHash('sha256').update(client).digest()])
      const signature = said.signature ?? sign('sha256', signed, privateKey).toString('base64url')
      const userHandle = said.userHandle === undefined ? handle : said.userHandle
      return json(said.credentialId ?? credentialId, {
        clientDataJSON: client.toString('base64url'),
        authenticatorData: data.toString('base64url'),
        signature,
        ...(userHandle === null ? {} : { userHandle }),
      })
    },
  }
}

function head({ rpId, counter, verified = true, present = true }: Said & { rpId: string }, more: number): Buffer {
  const count = Buffer.alloc(4)
  count.writeUInt32BE(counter ?? 0)
  const flags = (present ? 0x01 : 0) | (verified ? 0x04 : 0) | more
  return Buffer.concat([createHash('sha256').update(rpId).digest(), Buffer.from([flags]), count])
}

function clientData(options: Options, { type, origin, challenge, crossOrigin = false }: Said): Buffer {
  return Buffer.from(JSON.stringify({ type, challenge: challenge ?? options.challenge, origin, crossOrigin }))
}

function json(id: string, response: object): string {
  return JSON.stringify({ id, rawId: id, type: 'public-key', response, clientExtensionResults: {} })
}

/** CBOR (RFC 8949), as far as an attestation needs it. */
export function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([0x60 + value.length]), Buffer.from(value)])
}

export function bytes(value: Buffer): Buffer {
  const length = Buffer.alloc(3)
  length[0] = 0x59
  length.writeUInt16BE(value.length, 1)
  return Buffer.concat([length, value])
}
