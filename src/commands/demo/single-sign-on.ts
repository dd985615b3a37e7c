import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Rooms } from '../../composition/rooms.ts'
import { systemClock } from '../../lib/clock.ts'
import { secureRandom } from '../../lib/random.ts'
import type { Origin } from '../../people/origin.ts'
import { samlAddresses } from '../../sso/addresses.ts'
import { selfSigned } from '../../sso/certificate.ts'
import { providerPeople } from './people.ts'

/** The organization of the demo whose people come through an identity provider. */
const slug = 'nagisa'

export interface DemoProviderPlace {
  /** Where its key is kept, so that a kept demo knows it again. */
  readonly folder: string
  readonly portalOrigin: string
  readonly port: number
}

/** What the development identity provider is started with (examples/identity-provider). It answers this one gateway only. */
export function describeProvider({ folder, portalOrigin, port }: DemoProviderPlace) {
  const { entityId, acs, logout } = samlAddresses(portalOrigin, slug)
  return {
    port,
    host: 'idp.localhost',
    people: providerPeople,
    gateway: { entityId, acsUrl: acs, sloUrl: logout },
    key: keyIn(join(folder, 'identity-provider.pem')),
  }
}

/** Tells the gateway about it, as `sekisho sso import` does with the file of a real one. */
export async function connectProvider({ store, sso }: Rooms, document: string): Promise<void> {
  const organization = await store.organizations.findBySlug(slug)
  if (organization === null) throw new Error(`the demo has no organization ${slug}`)
  const { id } = organization
  // With --data there is one from the last time, perhaps on another port.
  await sso.providers.remove(id, byDemo)
  const brought = await sso.providers.bringIn(id, { kind: 'file', document, name: 'demo.xml', entityId: null }, byDemo)
  if (brought.kind !== 'imported') throw new Error(`the demo cannot import its provider: ${JSON.stringify(brought)}`)
  const settings = ['createsAccounts=true', 'nameAttribute=displayName']
  await sso.providers.change(id, settings, ['person'], byDemo)
}

/** How to try it, for the terminal. */
export function singleSignOnHint(portalOrigin: string, providerOrigin: string): readonly string[] {
  return [
    '  Single sign-on: leads to a provider for development, where you choose who you are',
    `    Begin at      ${portalOrigin}/org/${slug}   (or with any address @${slug}.example)`,
    `    The provider  ${providerOrigin}   (who is signed in there; sign out everywhere)`,
    `    Without it    ${portalOrigin}/sign-in?way=password   (for nami@${slug}.example alone: emergency access)`,
  ]
}

const byDemo: Origin = { actor: { kind: 'system', id: 'demo' }, address: null, receipt: null, device: 'demo' }

const dayMs = 24 * 3_600_000

function keyIn(file: string): { privateKeyPem: string; certificate: string } {
  if (!existsSync(file)) writeFileSync(file, newKey(), { mode: 0o600 })
  const [certificate = '', privateKeyPem = ''] = readFileSync(file, 'utf8').split('\n\n')
  return { certificate, privateKeyPem }
}

/** Made for this demo and known to nobody else: a certificate, an empty line, its key. */
function newKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const now = systemClock.now()
  const content = { privateKey, commonName: 'Development identity provider', serial: secureRandom.bytes(16) }
  const certificate = selfSigned({ ...content, startsAt: now - dayMs, endsAt: now + 3_650 * dayMs })
  return `${certificate}\n\n${privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()}`
}
