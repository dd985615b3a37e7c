import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { portalEntrances } from '../../src/composition/local-entrances.ts'
import { proveSso } from '../../src/composition/prove-sso.ts'
import { defineGate, type Gate, pass } from '../../src/policy/gate.ts'
import { buildWalks, type Walks } from '../../src/policy/plan.ts'
import { byTest } from '../support/gateway.ts'
import { type SamlGateway, startSamlGateway } from '../support/saml-gateway.ts'
import { parseSsoProof } from '../support/sso-proof.ts'

let saml: SamlGateway
beforeAll(async () => {
  saml = await startSamlGateway()
  await saml.corp.setRules(rules => ({ ...rules, sso: { required: true, breakGlassEmails: ['glass@corp.test'] } }))
  await saml.gateway.addPerson({
    email: 'hana@corp.test',
    organization: 'corp',
    password: 'correct-quay-drizzle-otter',
  })
  await saml.gateway.addPerson({ email: 'glass@corp.test', organization: 'corp', roles: ['administrator'] })
})
afterAll(() => saml[Symbol.asyncDispose]())

async function prove(...more: string[]) {
  const { code, out } = await saml.gateway.cli('prove', 'sso', 'corp', '--json', ...more)
  return { code, proof: parseSsoProof(out) }
}

const rooms = () => saml.gateway.running.gateway.rooms

describe('sekisho prove sso', () => {
  test('every door of the running gateway has a row, and every row a door', async () => {
    const { proof } = await prove()
    expect(proof).toMatchObject({ forgotten: [], gone: [], compared: true })
  })

  test('finds no local way open for somebody of the organization, and exits with 0', async () => {
    const { code, proof } = await prove()
    expect(proof.rows.filter(({ verdict }) => verdict === 'OPEN')).toEqual([])
    expect(proof.rows.filter(({ verdict }) => verdict === 'closed').length).toBeGreaterThan(40)
    expect(proof).toMatchObject({ account: 'hana@corp.test', breakGlass: 'glass@corp.test', proved: true })
    expect(code).toBe(0)
  })

  test('finds the emergency account’s ways open, none of them with a password alone', async () => {
    const { proof } = await prove()
    expect(proof.emergency.filter(({ verdict }) => verdict === 'OPEN WITHOUT SECOND FACTOR')).toEqual([])
    expect(proof.emergency.filter(({ verdict }) => verdict === 'open by name').length).toBeGreaterThan(40)
  })

  test('says so and exits with 1 where single sign-on is not on', async () => {
    const { code, out } = await saml.gateway.cli('prove', 'sso', 'other')
    expect(code).toBe(0)
    await saml.other.setRules(rules => ({ ...rules, sso: { required: false, breakGlassEmails: [] } }))
    const off = await saml.gateway.cli('prove', 'sso', 'other')
    expect(off.code).toBe(1)
    expect(off.out).toContain('local ways are open on purpose')
    expect(out).toContain('somebody who is not there yet')
  })

  test('changes nothing: not a row is written', async () => {
    const before = await rooms().store.audit.list({ limit: 1_000 })
    await prove()
    expect(await rooms().store.audit.list({ limit: 1_000 })).toEqual(before)
  })

  test.each([
    ['a new page', { method: 'POST', path: '/sign-in/by-letter' }],
    ['a new method of a page', { method: 'PUT', path: '/sign-in' }],
  ])('fails loudly for %s that nobody has thought about', async (_, route) => {
    const { proof } = await proveWith({ portalRoutes: [...known, route] })
    expect(proof.forgotten).toEqual([`${route.method} ${route.path}`])
    expect(proof.proved).toBe(false)
  })

  test('fails loudly for a new act of operators on accounts', async () => {
    const { proof } = await proveWith({ operatorRoutes: [{ method: 'POST', path: '/api/users/set-password' }] })
    expect(proof.forgotten).toEqual(['POST /api/users/set-password'])
    expect(proof.proved).toBe(false)
  })

  test('fails when the gate is taken out', async () => {
    const { proof } = await proveWith({ walks: buildWalks(new Set(['sso-respected'])) })
    const open = proof.rows.filter(({ verdict }) => verdict === 'OPEN').map(({ at }) => at)
    expect(open).toEqual(expect.arrayContaining(['POST /sign-in', 'GET /account', 'a request for the application']))
    expect(proof.proved).toBe(false)
  })

  test('fails when the services hold an SSO account for a local one', async () => {
    const { directory } = rooms().people
    // As if hasLocalWays had lost sight of the rule, while the gates still see it.
    let asked = 0
    const forgetful = async (id: Parameters<typeof directory.organizationFact>[0]) => {
      const fact = await directory.organizationFact(id)
      return fact === null || asked++ === 0 ? fact : { ...fact, sso: { required: false, breakGlassEmails: [] } }
    }
    const { proof } = await proveWith({
      directory: { accountFact: directory.accountFact, organizationFact: forgetful },
    })
    const open = proof.rows.filter(({ verdict }) => verdict === 'OPEN').map(({ at }) => at)
    expect(open).toEqual(expect.arrayContaining(['POST /reset', 'POST /reset/choose', 'POST /api/users/hand-over']))
  })

  test('is not shown where single sign-on is off', async () => {
    await saml.corp.setRules(rules => ({ ...rules, sso: { ...rules.sso, required: false } }))
    const { proof } = await proveWith({})
    await saml.corp.setRules(rules => ({ ...rules, sso: { ...rules.sso, required: true } }))
    expect(proof).toMatchObject({ required: false, proved: false })
  })

  test('fails when the gate lets one kind of local proof through', async () => {
    const careless = defineGate('sso-respected', ['proofs'], ({ proofs }) =>
      proofs.length === 1 && proofs[0]?.kind === 'passkey' ? pass : { kind: 'deny', reason: 'sso_required' },
    )
    const { proof } = await proveWith({ walks: walksWith('sso-respected', careless) })
    expect(proof.rows.find(({ at }) => at === 'GET /account')?.verdict).toBe('OPEN')
    expect(proof.proved).toBe(false)
  })

  test('does not hold a door for closed that something else refuses today', async () => {
    const closed = defineGate('account-open', ['account'], () => ({ kind: 'deny', reason: 'account_suspended' }))
    const walks = walksWith('account-open', closed, buildWalks(new Set(['sso-respected'])))
    const { proof } = await proveWith({ walks })
    expect(proof.rows.find(({ at }) => at === 'GET /account')?.verdict).toBe('OPEN')
  })

  test('never tries an emergency account as one of the people', async () => {
    const breakGlassEmails = ['glass@corp.test', 'hana@corp.test']
    await saml.corp.setRules(rules => ({ ...rules, sso: { required: true, breakGlassEmails } }))
    const { proof } = await prove()
    await saml.corp.setRules(rules => ({ ...rules, sso: { required: true, breakGlassEmails: ['glass@corp.test'] } }))
    expect(proof.account).toBeNull()
  })

  test('names rows whose doors are gone', async () => {
    const { proof } = await proveWith({ portalRoutes: known.slice(1) })
    expect(proof.gone).toContain('POST /sign-in')
  })

  test('fails when an emergency account could come with a password alone', async () => {
    const { proof } = await proveWith({ walks: buildWalks(new Set(['second-factor-done'])) })
    expect(proof.emergency.some(({ verdict }) => verdict === 'OPEN WITHOUT SECOND FACTOR')).toBe(true)
    expect(proof.proved).toBe(false)
  })
})

/** The plan with one gate in place of the one of that name. */
function walksWith(name: Gate['name'], gate: Gate, walks: Walks = buildWalks()): Walks {
  const changed = Object.entries(walks).map(([entrance, gates]) => [
    entrance,
    gates.map(each => (each.name === name ? gate : each)),
  ])
  return Object.fromEntries(changed) as Walks // because each entrance has stayed
}

/** The routes that the table speaks of. */
const known = portalEntrances.map(({ at }) => {
  const [method = '', path = ''] = at.split(' ')
  return { method, path }
})

type Parts = Partial<Parameters<typeof proveSso>[0] & Parameters<typeof proveSso>[1]>

async function proveWith(parts: Parts) {
  const { store, people, clock } = rooms()
  const organization = await store.organizations.findBySlug('corp')
  if (organization === null) throw new Error('no organization')
  const accounts = await store.accounts.list({ organizationId: organization.id, limit: 10 })
  const named = (email: string) => accounts.find(account => account.email === email) ?? null
  const prover = { directory: people.directory, walks: buildWalks(), now: clock.now(), ...parts }
  const question = {
    organization,
    people: { ordinary: named('hana@corp.test'), breakGlass: named('glass@corp.test') },
    portalRoutes: known,
    operatorRoutes: [],
    ...parts,
  }
  return { proof: await proveSso(prover, question), by: byTest }
}
