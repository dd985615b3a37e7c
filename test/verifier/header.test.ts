import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { createVerifier } from '../../src/verifier/verify.ts'
import { createTestClock } from '../support/test-clock.ts'
import { audience, claimsAt, createSigningKey, issuer } from './issuer.ts'

const clock = createTestClock()
const key = createSigningKey('key-1')
const jwks = { keys: [key.publicJwk] }
const verifier = createVerifier({ issuer, audience, jwks, clock })
const bearer = createVerifier({ issuer, audience, jwks, clock, header: 'Authorization' })
const token = key.sign(claimsAt(clock.now()))
const secondToken = key.sign(claimsAt(clock.now(), { sub: 'acc_2' }))

test.each([
  ['rawHeaders', ['Host', 'a', 'X-Auth-Token', token]],
  ['headers of Node', { host: 'a', 'x-auth-token': token }],
  ['Headers of fetch', new Headers({ 'X-Auth-Token': token })],
])('the token is found in %s', async (_, source) => {
  expect(await verifier.verify(source)).toMatchObject({ kind: 'verified' })
})

test.each([
  ['rawHeaders', ['X-Auth-Token', token, 'x-auth-token', secondToken]],
  ['rawHeaders, twice the same', ['X-Auth-Token', token, 'X-Auth-Token', token]],
  ['rawHeaders, one of them empty', ['X-Auth-Token', token, 'X-Auth-Token', '']],
  ['joined headers', { 'x-auth-token': `${token}, ${secondToken}` }],
  ['a list', { 'x-auth-token': [token, secondToken] }],
  ['a list of one', { 'x-auth-token': [token] }],
  ['two spellings of the name', { 'x-auth-token': token, 'X-Auth-Token': secondToken }],
  [
    'Headers of fetch',
    new Headers([
      ['x-auth-token', token],
      ['x-auth-token', secondToken],
    ]),
  ],
])('two values are refused (%s)', async (_, source) => {
  expect(await verifier.verify(source)).toEqual({ kind: 'refused', reason: 'token_repeated' })
})

test.each([
  ['nothing at all', []],
  [
    'plain identity fields',
    ['X-Auth-User', 'acc_1', 'X-Auth-Email', 'hana@sakura.example', 'X-Auth-Roles', 'administrator'],
  ],
  ['the field folded to underscores', ['X_Auth_Token', token]],
  ['the token in another field', ['Authorization', `Bearer ${token}`]],
  ['the token as a value that follows its name as a value', ['X-Note', 'X-Auth-Token', token, 'x']],
])('%s is never believed', async (_, source) => {
  expect(await verifier.verify(source)).toEqual({ kind: 'refused', reason: 'token_missing' })
})

test('an empty field is no token', async () => {
  expect(await verifier.verify({ 'x-auth-token': '' })).toEqual({ kind: 'refused', reason: 'token_malformed' })
})

test.each(['X-Auth-Token', 'x-auth-token', 'X-AUTH-TOKEN'])(
  'the name of the field is a choice, in any case (%s)',
  async name => {
    const named = createVerifier({ issuer, audience, jwks, clock, header: name })

    expect(await named.verify(['X-AUTH-token', token])).toMatchObject({ kind: 'verified' })
  },
)

test('in Authorization, the token follows the word Bearer', async () => {
  expect(await bearer.verify(['authorization', `Bearer ${token}`])).toMatchObject({ kind: 'verified' })
  expect(await bearer.verify({ authorization: `bearer ${token}` })).toMatchObject({ kind: 'verified' })
})

test.each([
  (value: string) => value,
  (value: string) => `Basic ${value}`,
  (value: string) => `Bearer  ${value}`,
  (value: string) => `Bearer ${value} x`,
  (value: string) => `BearerX ${value}`,
])('another scheme in Authorization is refused (%s)', async spell => {
  expect(await bearer.verify(['Authorization', spell(token)])).toEqual({ kind: 'refused', reason: 'token_malformed' })
})

test('a repeated Authorization field is refused on a real connection, where Node would keep the first in silence', async () => {
  const server = createServer((request, response) => {
    void bearer.verify(request.rawHeaders).then(verified => {
      response.end(verified.kind === 'refused' ? verified.reason : verified.kind)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const socket = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1')

  socket.end(
    `GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nAuthorization: Bearer ${secondToken}\r\nConnection: close\r\n\r\n`,
  )

  expect(await text(socket)).toContain('token_repeated')
  server.close()
})
