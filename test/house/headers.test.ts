import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { secureRandom } from '../../src/lib/random.ts'
import { createIdentityTokens } from '../../src/proxy/identity-token.ts'
import {
  defaultTokenField,
  forwardedPrefix,
  identityFields,
  rebuiltFields,
  removedFields,
  reservedPrefix,
} from '../../src/proxy/reserved-fields.ts'
import { createTestClock } from '../support/test-clock.ts'
import { root } from './sources.ts'

// docs/headers.md is what backends in every language are written against.

const path = join(root, 'docs/headers.md')
const page = existsSync(path) ? readFileSync(path, 'utf8') : ''
const named = new Set([...page.matchAll(/`([^`\n]+)`/g)].map(match => (match[1] ?? '').toLowerCase()))

test('names every field that the gateway sets', () => {
  const fields = [defaultTokenField, ...Object.keys(identityFields), ...rebuiltFields]
  expect(fields.filter(field => !named.has(field.toLowerCase()))).toEqual([])
})

test('names every field, and every family of fields, that a client cannot send', () => {
  const families = [`${reservedPrefix}*`, `${forwardedPrefix}*`]
  expect([...families, ...removedFields].filter(field => !named.has(field))).toEqual([])
})

test('promises no field of ours that there is not', () => {
  const ours = [defaultTokenField, ...Object.keys(identityFields), `${reservedPrefix}*`].map(one => one.toLowerCase())
  const promised = [...named].filter(name => /^x-auth-[a-z*-]+$/.test(name))
  expect(promised.filter(name => !ours.includes(name))).toEqual([])
})

test('names every claim and every header parameter of the identity token', async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const tokens = createIdentityTokens({
    issuer: 'https://auth.example.com',
    keys: { current: () => ({ kid: 'k1', alg: 'ES256', privateKey }), published: () => [] },
    clock: createTestClock(),
    random: secureRandom,
  })
  const person = { subject: 's', sessionId: 'x', accountId: 'a', organizationId: 'o', organization: 'acme' }
  const identity = { ...person, email: 'hana@acme.example', name: 'Hana', roles: ['person'], proofs: [] }

  const [head = '', claims = ''] = (await tokens.tokenFor(identity, 'chat')).split('.')

  const names = [head, claims].flatMap(part => Object.keys(JSON.parse(Buffer.from(part, 'base64url').toString())))
  expect(names).toContain('sub')
  expect(names.filter(name => !named.has(name))).toEqual([])
})
