import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'

/** Signs anything at all, well formed or not: header and claims are given as objects, or as the very text that is signed. */
export interface SigningKey {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicJwk: Record<string, unknown>
  sign(claims: object | string, header?: object | string): string
}

export const issuer = 'https://auth.example.test'
export const audience = 'chat'

export function createSigningKey(kid: string, algorithm: 'ES256' | 'EdDSA' = 'ES256'): SigningKey {
  const { privateKey, publicKey } =
    algorithm === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519')
  const publicJwk = { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: algorithm }
  return {
    kid,
    privateKey,
    publicJwk,
    sign(claims, header = { alg: algorithm, kid, typ: 'gateway+jwt' }) {
      const signed = `${encode(header)}.${encode(claims)}`
      const key = { key: privateKey, dsaEncoding: 'ieee-p1363' as const }
      return `${signed}.${sign(algorithm === 'ES256' ? 'sha256' : null, Buffer.from(signed), key).toString('base64url')}`
    },
  }
}

/** The claims of a person who is fully signed in. `undefined` in `changes` takes a claim out. */
export function claimsAt(nowMs: number, changes: Record<string, unknown> = {}): Record<string, unknown> {
  const iat = Math.floor(nowMs / 1000)
  return {
    iss: issuer,
    aud: audience,
    sub: 'acc_1',
    org: 'org_sakura',
    email: 'hana@sakura.example',
    name: '山田 花 Hana',
    roles: ['person', 'administrator'],
    amr: ['pwd', 'otp', 'mfa'],
    acr: 'aal2',
    auth_time: iat - 60,
    sid: 'ses_1',
    iat,
    nbf: iat,
    exp: iat + 60,
    jti: 'jti_1',
    ...changes,
  }
}

export function encode(value: object | string): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
}

/** A JWKS address on a real socket, whose answer a test may replace at any time. */
export async function serveJwks(...keys: SigningKey[]) {
  let answer = respondWith(JSON.stringify({ keys: keys.map(key => key.publicJwk) }))
  let fetches = 0
  const server = createServer((_request, response) => {
    fetches += 1
    answer(response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}/jwks.json`,
    fetches: () => fetches,
    publish(...published: SigningKey[]) {
      answer = respondWith(JSON.stringify({ keys: published.map(key => key.publicJwk) }))
    },
    publishText(text: string, status = 200, headers: Record<string, string> = {}) {
      answer = respondWith(text, status, headers)
    },
    answerBy(how: (response: ServerResponse) => void) {
      answer = how
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function respondWith(text: string, status = 200, headers: Record<string, string> = {}) {
  return (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text)
  }
}
