import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operatorRooms } from '../../src/composition/operator.ts'
import { parseAddress } from '../../src/lib/address.ts'
import { createOperatorApi } from '../../src/operator/operator-api.ts'
import { readSources } from '../house/sources.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'

// SECURITY.md, guarantee 11: the person sets factors up; an administrator can never enrol one, on any path.

const enrolling =
  /\b(?:factors\.(?:add|addFirst)|backupCodeSets\.keep|addTotp|confirmTotpEnrolment|phones\.(?:begin|confirm)|backupCodes\.make|passkeys\.add)\b/

test('only the services of people add factors, and only the portal’s own pages ask them to', () => {
  const callers = readSources()
    .filter(({ text }) => enrolling.test(text))
    .map(({ path }) => path)
  const strangers = callers.filter(
    path => !/^src\/(?:people|portal)\//.test(path) && path !== 'src/commands/demo/people.ts', // the demo’s own people
  )
  expect(callers.length).toBeGreaterThan(5)
  expect(strangers).toEqual([])
})

describe('every operation of the operators', () => {
  let gateway: TestGateway
  beforeAll(async () => {
    const route = { name: 'all', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'signed-in' as const }
    const policies = { routes: { kind: 'routes' as const, routes: [route] } }
    gateway = await startGateway({ upstream: 'http://127.0.0.1:9', policies })
  })
  afterAll(() => gateway[Symbol.asyncDispose]())

  test('leaves an account without a factor as it is, whatever it is sent', async () => {
    const account = await gateway.addPerson({ email: 'victim@example.com' })
    const { rooms } = gateway.running.gateway
    const config = () => rooms.config()
    // because explaining is not asked here
    const speaking = () => ({ config: config(), sources: {} as never })
    const app = createOperatorApi(operatorRooms(rooms, speaking, null), { over: 'socket', mayOperate: () => true })
    const paths = [...new Set(app.routes.filter(({ method }) => method === 'POST').map(({ path }) => path))]
    const address = parseAddress('127.0.0.1')
    if (address === null) throw new Error('loopback')

    for (const path of paths)
      for (const body of bodies) {
        const head = {
          ...{ method: 'POST', target: path, path, host: 'operator', authority: 'operator', secure: false },
          ...{ headers: [], client: { address, uncertain: false }, bodyLength: 0, upgrade: undefined },
        }
        const request = new Request(`http://operator${path}`, { method: 'POST', body: JSON.stringify(body) })
        await (await app.fetch(request, { head, receipt: 'r' })).text()
        const fresh = await rooms.store.accounts.find(account.id)
        expect(fresh?.factors ?? [], `${path} ${JSON.stringify(body)}`).toEqual([])
      }
    expect(paths.length).toBeGreaterThan(15)
  })

  const person = { email: 'victim@example.com' }
  const bodies = [
    person,
    { ...person, factor: 'totp', kind: 'totp', secret: 'JBSWY3DPEHPK3PXP' },
    { ...person, factor: { kind: 'sms_code', number: '+819012345678', spare: true } },
    { ...person, phone: '+819012345678', number: '+819012345678', code: '123456' },
    { ...person, credential: 'x', passkey: 'x', backupCodes: ['AAAA-BBBB-CCCC'] },
    { ...person, reason: 'x', roles: ['administrator'], factors: ['totp'] },
  ]
})
