import { afterAll, beforeAll, expect, test } from 'vitest'
import { type SamlGateway, startSamlGateway } from '../support/saml-gateway.ts'

// "What if hana came from there?" is asked about people of single sign-on as well: what their provider can state is supposed for them, or
// every answer would be that they have no local way in.

let world: SamlGateway

beforeAll(async () => {
  world = await startSamlGateway()
  const rules = (required: boolean) => ({ required, breakGlassEmails: required ? ['glass@corp.test'] : [] })
  await world.corp.setRules(old => ({ ...old, sso: rules(false) }))
  await world.gateway.addPerson({ email: 'hana@corp.test', organization: 'corp' })
  await world.gateway.addPerson({ email: 'glass@corp.test', organization: 'corp', roles: ['administrator'] })
  await world.corp.setRules(old => ({ ...old, sso: rules(true) }))
})
afterAll(() => world[Symbol.asyncDispose]())

test('somebody who comes through a provider is supposed with its word: the other gates are what is told', async () => {
  const told = await world.gateway.cli(
    ...['explain', '--account', 'hana@corp.test', '--address', '203.0.113.9', '--path', '/', '--host', 'localhost'],
  )

  expect(told.code, told.err).toBe(0)
  expect(told.out).toContain('✓ sso-respected')
  expect(told.out).toMatch(/verdict +allow/)
})

test('an emergency account is supposed with what is its own, and so meets the second factor that it always needs', async () => {
  const told = await world.gateway.cli(
    ...['explain', '--account', 'glass@corp.test', '--address', '203.0.113.9', '--path', '/', '--host', 'localhost'],
  )

  expect(told.out).toContain('✓ sso-respected')
  expect(told.out).toMatch(/verdict +challenge enrol_factor/)
})
