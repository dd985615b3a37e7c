import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { OfferedMetadata } from '../../src/sso/provider-changes.ts'
import { organizationId, storedAccount, storedSession } from '../contracts/samples.ts'
import { service as endpoint, type IdpDocument, idpMetadata, providerCertificate } from '../support/idp-metadata.ts'
import { mika, openSsoHouse, type SsoHouse } from './house.ts'

const [first, second, third] = [providerCertificate(), providerCertificate(), providerCertificate()]
const url = 'https://idp.test/metadata'
const roles = ['person', 'user_administrator']

let house: SsoHouse
beforeEach(async () => {
  house = await openSsoHouse()
})
afterEach(() => house[Symbol.asyncDispose]())

const file = (about: IdpDocument = { certificates: [first] }): OfferedMetadata => ({
  ...{ kind: 'file', name: 'idp.xml', entityId: null },
  document: idpMetadata(about),
})
const bring = (about?: IdpDocument) => house.service.bringIn(house.id, file(about), mika)
const change = (...words: readonly string[]) => house.service.change(house.id, words, roles, mika)
async function fetched(about: IdpDocument, watched = false) {
  house.web.set(url, { kind: 'fetched', document: idpMetadata(about) })
  const offered = { kind: 'url', url, entityId: null, ...(watched ? { watched: true as const } : {}) } as const
  return house.service.bringIn(house.id, offered, mika)
}

describe('metadata that is brought in', () => {
  test('speaks at once where there was none, with the settings of a new provider', async () => {
    expect(await bring()).toMatchObject({ kind: 'imported', notes: [] })

    expect(await house.provider()).toMatchObject({
      metadata: { entityId: 'https://idp.test/metadata', certificates: [first] },
      ...{ staged: null, source: { kind: 'file', name: 'idp.xml' }, version: 1 },
      settings: { requestBinding: 'redirect', unsolicited: false, createsAccounts: false },
    })
    expect(await house.events()).toEqual(['provider_imported'])
  })

  test('requests travel by post where the provider takes nothing else', async () => {
    await bring({ certificates: [first], signOn: endpoint('SingleSignOnService', 'HTTP-POST', 'https://idp.test/p') })

    expect((await house.provider()).settings.requestBinding).toBe('post')
  })

  test('a changed one waits beside what speaks, is told as a difference, and mailed to administrators', async () => {
    await bring()

    const outcome = await bring({ certificates: [first, second] })

    expect(outcome).toMatchObject({
      kind: 'staged',
      difference: [{ what: 'certificate', from: null, to: expect.stringMatching(/^([0-9A-F]{2}:){31}.*ends 20/) }],
    })
    const { metadata, staged } = await house.provider()
    expect([metadata.certificates, staged?.certificates]).toEqual([[first], [first, second]])
    expect(await house.events()).toEqual(['provider_imported', 'provider_staged'])
    expect(await house.mails()).toMatchObject([{ kind: 'provider_staged', facts: { changes: /certificate added/ } }])
  })

  test('the same once more changes nothing and tells nobody, in whatever copy', async () => {
    await bring({ certificates: [first, second] })
    expect(await bring({ certificates: [first, second] })).toMatchObject({ kind: 'unchanged' })
    expect(await bring({ certificates: [second, first], entityAttributes: 'ID="_2"' })).toMatchObject({
      kind: 'unchanged',
    })

    await bring({ certificates: [third] })
    expect(await bring({ certificates: [third], entityAttributes: 'ID="_3"' })).toMatchObject({ kind: 'staged' })

    expect(await house.events()).toEqual(['provider_imported', 'provider_staged'])
    expect(await house.mails()).toHaveLength(1)
  })

  test('a copy with a later end is no change of keys: it speaks at once, at most once a day', async () => {
    await bring({ certificates: [first], entityAttributes: 'validUntil="2029-01-01T00:00:00Z"' })
    await bring({ certificates: [first], entityAttributes: 'validUntil="2029-01-01T01:00:00Z"' })
    expect((await house.provider()).metadata.validUntil).toBe(Date.UTC(2029, 0, 1))

    await bring({ certificates: [first], entityAttributes: 'validUntil="2029-01-02T00:00:00Z"' })

    expect((await house.provider()).metadata.validUntil).toBe(Date.UTC(2029, 0, 2))
    expect(await house.mails()).toEqual([])
  })

  test('what speaks, brought again, takes back what waits: a key that was withdrawn is believed no longer', async () => {
    await bring()
    await bring({ certificates: [first, second] })

    expect(await bring()).toMatchObject({ kind: 'withdrawn' })

    expect((await house.provider()).staged).toBe(null)
    expect((await house.events()).at(-1)).toBe('provider_staged_dropped')
  })

  describe('and is accepted no longer ends the sessions of its provider:', () => {
    const sessionAfter = async (act: () => Promise<unknown>) => {
      const account = await storedAccount(house.store, { organizationId: house.id })
      const proofs = [{ kind: 'saml', at: 0, organization: house.id } as const]
      const { tokenHash } = await storedSession(house.store, account.id, { proofs })
      await act()
      return (await house.store.sessions.findByTokenHash(tokenHash)) === null ? 'ended' : 'lives'
    }
    const both = { certificates: [first, second] }

    test.each<[string, () => Promise<unknown>]>([
      ['dropped', () => house.service.drop(house.id, null, mika)],
      ['taken back by whoever gives it out', () => bring()],
      ['pushed aside by a third one', () => bring({ certificates: [first, third] })],
    ])('%s', async (_, act) => {
      await bring()
      expect(await sessionAfter(() => bring(both))).toBe('lives')
      expect(await sessionAfter(act)).toBe('ended')
    })

    test('none by a promotion, by another address, nor by a setting', async () => {
      await bring()
      await bring({ certificates: [second] })
      expect(await sessionAfter(() => house.service.promote(house.id, null, mika))).toBe('lives')
      const signOn = endpoint('SingleSignOnService', 'HTTP-Redirect', 'https://idp.test/new')
      await bring({ certificates: [second], signOn })
      expect(await sessionAfter(() => change('skewMs=60000'))).toBe('lives')
      expect(await sessionAfter(() => house.service.drop(house.id, null, mika))).toBe('lives')
    })
  })

  test('another provider is never a change of this one', async () => {
    await bring()

    const outcome = await bring({ entityId: 'https://evil.test/', certificates: [second] })

    expect(outcome).toMatchObject({ kind: 'refused', problems: [expect.stringContaining('https://evil.test/')] })
    expect(await house.provider()).toMatchObject({ staged: null, version: 1 })
  })

  test('what cannot be read or fetched is refused, and nothing changes', async () => {
    expect(await bring({ certificates: [] })).toMatchObject({ kind: 'refused' })
    const offered = { kind: 'url', url, entityId: null } as const
    expect(await house.service.bringIn(house.id, offered, mika)).toMatchObject({
      problems: ['the document could not be fetched: no answer within 10 s'],
    })
    expect(await house.store.providers.find(house.id)).toBe(null)
  })

  test.each([
    ['http://idp.test/metadata', 'https'],
    ['https://a:b@idp.test/', 'password'],
    ['https://idp.test/#x', 'fragment'],
    ['file:///etc/passwd', 'https'],
    ['idp', 'not an address'],
  ])('is not fetched from %s', async (address, why) => {
    const asked: string[] = []
    const service = house.serviceWith({
      fetch: async to => {
        asked.push(to)
        return { kind: 'fetched', document: idpMetadata({ certificates: [first] }) }
      },
    })
    const outcome = await service.bringIn(house.id, { kind: 'url', url: address, entityId: null }, mika)

    expect(outcome).toMatchObject({ kind: 'refused', problems: [expect.stringContaining(why)] })
    expect(asked).toEqual([])
  })

  test('of two changes at the same time one is told that it came too late', async () => {
    await bring()
    const outcomes = await Promise.all([bring({ certificates: [second] }), bring({ certificates: [third] })])

    expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(['overtaken', 'staged'])
    expect(await house.mails()).toHaveLength(1)
  })
})

describe('metadata that waits', () => {
  test('is promoted: it alone speaks, and the old keys are believed no longer', async () => {
    await bring()
    await bring({ certificates: [second], signOn: endpoint('SingleSignOnService', 'HTTP-POST', 'https://idp.test/p') })

    expect(await house.service.promote(house.id, null, mika)).toMatchObject({ kind: 'changed' })

    const { metadata, staged, settings } = await house.provider()
    expect([metadata.certificates, staged]).toEqual([[second], null])
    expect(settings.requestBinding).toBe('post') // the provider takes redirects no more
    expect((await house.events()).at(-1)).toBe('provider_promoted')
  })

  test.each(['promote', 'drop'] as const)('%s means only what was looked at, where the look is named', async act => {
    await bring()
    await bring({ certificates: [second] })
    const seen = (await house.provider()).staged?.digest ?? ''
    await bring({ certificates: [third] })

    expect(await house.service[act](house.id, seen, mika)).toEqual({ kind: 'overtaken' })
    const { metadata, staged } = await house.provider()
    expect([metadata.certificates, staged?.certificates]).toEqual([[first], [third]])
    expect(await house.service[act](house.id, staged?.digest ?? '', mika)).toMatchObject({ kind: 'changed' })
  })

  test.each(['promote', 'drop'] as const)('%s does not touch what comes to wait in the middle of it', async act => {
    await bring()
    await bring({ certificates: [second] })
    const seen = (await house.provider()).staged?.digest ?? ''
    const { providers } = house.store
    // Read, and overtaken before it is written.
    const find: typeof providers.find = async id => {
      const found = await providers.find(id)
      await bring({ certificates: [third] })
      return found
    }
    const slow = house.serviceWith({ store: { ...providers, find } })

    expect(await slow[act](house.id, seen, mika)).toEqual({ kind: 'overtaken' })
    expect((await house.provider()).staged?.certificates).toEqual([third])
  })

  test('is dropped, and is not staged again by itself while its address still gives it out', async () => {
    await fetched({ certificates: [first] })
    await fetched({ certificates: [first, second] }, true)

    expect(await house.service.drop(house.id, null, mika)).toMatchObject({
      kind: 'changed',
      provider: { staged: null },
    })

    expect(await fetched({ certificates: [second, first], entityAttributes: 'ID="_9"' }, true)).toMatchObject({
      kind: 'unchanged',
      isDropped: true,
    })
    expect((await house.provider()).staged).toBe(null)
    // Another change is a new question, and so is an operator who asks for it.
    expect(await fetched({ certificates: [third] }, true)).toMatchObject({ kind: 'staged' })
    await house.service.drop(house.id, null, mika)
    expect(await fetched({ certificates: [third] })).toMatchObject({ kind: 'staged' })
  })

  test('that is not there is neither promoted nor dropped, and an unknown provider is said to be', async () => {
    await bring()
    const nobody = organizationId()

    expect(await house.service.promote(house.id, null, mika)).toEqual({ kind: 'nothing_staged' })
    expect(await house.service.drop(house.id, null, mika)).toEqual({ kind: 'nothing_staged' })
    expect(await house.service.promote(nobody, null, mika)).toEqual({ kind: 'unknown' })
    expect(await house.service.change(nobody, ['skewMs=1'], roles, mika)).toEqual({ kind: 'unknown' })
    expect(await house.service.remove(nobody, mika)).toBe(false)
    expect(await house.events()).toEqual(['provider_imported'])
  })
})

describe('settings', () => {
  test('are changed together, with an audit row that names them', async () => {
    await bring()

    await change('skewMs=180000', 'unsolicited=true', 'signed=assertion', 'encryption=required', 'acceptsCbc=true')
    await change(
      'emailAttribute=urn:oid:0.9.2342.19200300.100.1.3',
      'nameAttribute=displayName',
      'createsAccounts=true',
    )
    await change('contexts=urn:oasis:names:tc:SAML:2.0:ac:classes:Password, https://refeds.org/profile/mfa')

    expect((await house.provider()).settings).toEqual({
      ...{
        requestBinding: 'redirect',
        signed: 'assertion',
        encryption: 'required',
        acceptsCbc: true,
        unsolicited: true,
      },
      ...{ skewMs: 180_000, emailAttribute: 'urn:oid:0.9.2342.19200300.100.1.3', nameAttribute: 'displayName' },
      ...{ createsAccounts: true, roles: null },
      contexts: ['urn:oasis:names:tc:SAML:2.0:ac:classes:Password', 'https://refeds.org/profile/mfa'],
    })
    const rows = await house.store.audit.list({ limit: 10 })
    expect(rows.at(-1)?.entry.facts['settings']).toContain('refeds')
    await change('emailAttribute=none', 'contexts=any')
    expect((await house.provider()).settings).toMatchObject({ emailAttribute: null, contexts: [] })
  })

  test('map values to roles that the organization may grant, also values with a = in them, and to no other', async () => {
    await bring()
    expect(await change('role:admins=user_administrator')).toMatchObject({ kind: 'invalid' }) // of which attribute?

    await change('rolesAttribute=groups', 'role:cn=admins,dc=corp=user_administrator', 'role:staff=person')
    expect((await house.provider()).settings.roles).toEqual({
      attribute: 'groups',
      values: { 'cn=admins,dc=corp': 'user_administrator', staff: 'person' },
    })

    expect(await change('role:root=administrator')).toMatchObject({
      problems: [expect.stringContaining('not a role that this organization may grant (person, user_administrator)')],
    })
    await change('role:staff=none', 'rolesAttribute=memberOf')
    expect((await house.provider()).settings.roles).toEqual({
      attribute: 'memberOf',
      values: { 'cn=admins,dc=corp': 'user_administrator' },
    })
    await change('rolesAttribute=none')
    expect((await house.provider()).settings.roles).toBe(null)
  })

  test.each([
    ['skewMs=180001', /0 to 180000/],
    ['skewMs=-1', /0 to 180000/],
    ['skewMs=1e3', /0 to 180000/],
    ['skewMs=', /0 to 180000/],
    ['signed=none', /assertion, response or either/],
    ['encryption=cbc', /refused, accepted or required/],
    ['unsolicited=yes', /true or false/],
    ['requestBinding=post', /one that the provider offers/],
    ['emailAttribute=', /at most 200/],
    ['emailAttribute=a b', /at most 200/],
    ['contexts=mfa', /URIs/],
    ['role:a', /role:VALUE=ROLE/],
    ['__proto__=x', /write key=value/],
    ['constructor=x', /write key=value/],
    ['skew', /write key=value/],
  ])('are refused with what would be right: %s', async (word, expected) => {
    await bring()

    const outcome = await change('unsolicited=true', word)

    expect(outcome).toMatchObject({ kind: 'invalid', problems: [expect.stringMatching(expected)] })
    expect((await house.provider()).settings.unsolicited).toBe(false) // all or nothing
  })

  test('go with the provider when it is removed', async () => {
    await bring()
    await change('unsolicited=true')

    expect(await house.service.remove(house.id, mika)).toBe(true)
    await bring()

    expect((await house.provider()).settings.unsolicited).toBe(false)
    expect((await house.events()).slice(-2)).toEqual(['provider_removed', 'provider_imported'])
  })
})
