import { createServer, type Server } from 'node:net'
import { parseEmail } from '../../../src/people/email.ts'
import type { AccountId } from '../../../src/policy/facts.ts'
import type { PortalVisitor, Reply } from '../../support/portal-visitor.ts'
import { restartInTime, rooms, type SamlGateway, startSamlGateway } from '../../support/saml-gateway.ts'
import { until } from '../../support/until.ts'
import { type Case, formOf } from './case.ts'
import { makeWorld, type Party, parties, type World } from './world.ts'

// The whole gateway with A as the provider of corp.test and C as that of other.test, mallory, the victim, and a listener that nobody may call.

export interface Town extends AsyncDisposable {
  readonly saml: SamlGateway
  readonly victimId: AccountId
  readonly malloryId: AccountId
  /** Connections that were made to the address in the messages. */
  calls(): number
  /** A browser that has asked to sign in, and the world in which the answer to it is written. */
  ask(): Promise<Asked>
  post(asked: Asked, form: string, relayState?: string): Promise<Reply>
  sessionsOf(id: AccountId): Promise<number>
  /** What the list of last answers says, newest first. */
  lastOutcomes(): Promise<readonly string[]>
  /** The code that was written under the receipt that a refusal shows. */
  causeOf(reply: Reply): Promise<string>
  restart(): Promise<void>
}

export interface Asked {
  readonly visitor: PortalVisitor
  readonly world: World
  readonly relayState: string
}

export async function startTown(): Promise<Town> {
  const saml = await startSamlGateway()
  const canary = await startCanary()
  const { gateway, corp, other } = saml
  const { aNext, e, ours } = parties()
  const [a, c]: Party[] = [corp, other].map(({ idp }) => ({ ...idp, key: idp.privateKey }))
  if (a === undefined || c === undefined) throw new Error('two providers')
  await corp.setProvider({ metadata: { certificates: [a.certificate, aNext.certificate] } })
  const mallory = await gateway.addPerson({ email: 'mallory@corp.test', organization: 'corp' })
  const victim = await gateway.addPerson({ email: 'victim@corp.test', organization: 'corp', roles: ['administrator'] })
  const keys = { ...ours, certificate: await encryptionCertificate(saml) }
  let marks = 0
  return {
    saml,
    victimId: victim.id,
    malloryId: mallory.id,
    calls: canary.calls,
    async ask() {
      const visitor = saml.visitor()
      const { id, relayState } = await corp.ask(visitor)
      marks += 1
      const world = makeWorld({
        ...{ now: saml.clock.now(), a, aNext, c, e },
        us: { entityId: corp.acs.replace(/acs$/, 'metadata'), acsUrl: corp.acs, keys },
        ...{ requestId: id, mark: `town${marks}`, canaryUrl: canary.url },
      })
      return { visitor, world, relayState }
    },
    post: ({ visitor, relayState }, form, state = relayState) => corp.post(visitor, form, state),
    sessionsOf: async id => (await rooms(gateway).people.sessionBook.listOf(id)).length,
    async lastOutcomes() {
      const listed = await rooms(gateway).store.seenMessages.listOf(corp.id)
      return listed.map(({ outcome }) => outcome)
    },
    async causeOf({ body }) {
      const receipt = /<code>([^<]+)<\/code>/.exec(body)?.[1] ?? 'no receipt'
      let cause = ''
      await until(async () => {
        const record = await rooms(gateway).receipts.find(receipt)
        cause = record?.fault ?? ''
        return cause !== ''
      })
      return cause.split(':', 1)[0] ?? ''
    },
    restart: () => restartInTime(saml),
    async [Symbol.asyncDispose]() {
      await saml[Symbol.asyncDispose]()
      canary.close()
    },
  }
}

/** Sends the message of this case as its browser would. */
export async function attack(town: Town, one: Case): Promise<{ readonly reply: Reply; readonly world: World }> {
  const asked = await town.ask()
  return { reply: await town.post(asked, formOf(one.message(asked.world))), world: asked.world }
}

export function opensSession(reply: Reply): boolean {
  return reply.setCookies.some(line => /^(?:__Host-)?sekisho=[^;]/.test(line))
}

/** Whose session the browser holds now, by what the account page says. */
export async function holderOf(town: Town, { visitor }: Pick<Asked, 'visitor'>): Promise<string | null> {
  const page = await visitor.follow(await visitor.get(`${town.saml.gateway.portalOrigin}/account`))
  return parseEmail(/[\w.+-]+@(?:corp|other)\.test/.exec(page.body)?.[0])?.key ?? null
}

async function encryptionCertificate({ gateway, visitor }: SamlGateway): Promise<string> {
  const { body } = await visitor().get(`${gateway.portalOrigin}/saml/corp/metadata`)
  const found = /use="encryption"[\s\S]*?X509Certificate>([^<]+)</.exec(body)?.[1]
  if (found === undefined) throw new Error('no certificate to encrypt for')
  return found.replace(/\s/g, '')
}

async function startCanary() {
  let calls = 0
  const server: Server = createServer(socket => {
    calls += 1
    socket.destroy()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { url: `http://127.0.0.1:${port}/canary`, calls: () => calls, close: () => server.close() }
}

/** The browser with the cookies that it has now, whatever is taken from it later. */
export function keepCookies(asked: Asked): () => Asked {
  const kept = [...asked.visitor.jar].map(([host, cookies]) => [host, new Map(cookies)] as const)
  return () => {
    for (const [host, cookies] of kept) asked.visitor.jar.set(host, new Map(cookies))
    return asked
  }
}
