import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ConfigurationInput, writeConfiguration } from '../../src/config/write.ts'
import { choosePort } from '../../test/support/listen.ts'
import type { Backends } from '../backends.ts'
import { startProgram } from '../program.ts'
import { ready } from '../ready.ts'
import { type Contender, contenderOf, peopleCount } from './contender.ts'
import { addPeople } from './people.ts'

export interface House extends Contender {
  /** How many of `cookies` came from a sign-in through the portal's pages; the others were put into the store. */
  readonly signedIn: number
}

export interface HouseSize {
  /** Of the organization that everybody belongs to. */
  readonly networks: number
  readonly sessions: number
  readonly organizations: number
}

const usual: HouseSize = { networks: 10_000, sessions: peopleCount, organizations: 1 }
const sekisho = fileURLToPath(new URL('../../bin/sekisho', import.meta.url))

/** The gateway as an operator runs it: `sekisho serve` with gates, budgets, log, metrics and time-outs on, and limits that nobody meets. */
export async function startSekisho(backends: Backends, size: Partial<HouseSize> = {}): Promise<House> {
  const { networks, sessions, organizations } = { ...usual, ...size }
  const port = await choosePort()
  const folder = join(backends.folder, `sekisho-${port}`)
  mkdirSync(join(folder, 'policies/organizations'), { recursive: true })
  const write = (name: string, input: ConfigurationInput) =>
    writeFileSync(join(folder, name), writeConfiguration(input))
  write('gateway.yaml', gatewayFile(port, backends))
  write('policies/routes.yaml', routes)
  for (let n = 0; n < organizations; n++)
    write(`policies/organizations/bench-${n}.yaml`, organizationFile(n, n === 0 ? networks : 10))
  const program = startProgram(sekisho, ['serve', '--config', 'gateway.yaml'], { place: 'contender', folder })
  await ready(port, 'sekisho')
  const cookies = await addPeople({ port, dataDir: join(folder, 'data'), sessions })
  return { ...contenderOf('sekisho', port, [program]), authority: `localhost:${port}`, cookies, signedIn: 1 }
}

function gatewayFile(port: number, backends: Backends): ConfigurationInput {
  const high = { rate: '100000000/1m', burst: 1_000_000 }
  const tries = '1000000/1h'
  return {
    listen: { address: '127.0.0.1', port },
    portal: { origin: `http://auth.localhost:${port}` },
    operator: { listen: { address: '127.0.0.1', port: 0 } },
    dataDir: 'data',
    upstreams: {
      app: { addresses: [`http://127.0.0.1:${backends.port}`] },
      node: { addresses: [`http://127.0.0.1:${backends.applicationPort}`] },
    },
    mail: { transport: 'mailbox', from: 'noreply@example.com' },
    limits: {
      traffic: { address: high, addressWithSession: high, account: high, organization: high },
      signIn: { address: tries, account: tries, pair: tries, accountKnownDevice: tries },
    },
    log: { file: 'gateway.log' },
    development: { insecureCookies: true },
  }
}

const app = { hosts: ['localhost'], upstream: 'app', access: 'signed-in' } satisfies Partial<RouteInput>
type RouteInput = Extract<ConfigurationInput, { kind: 'routes' }>['routes'][number]
const routes: ConfigurationInput = {
  kind: 'routes',
  routes: [
    { ...app, name: 'app', prefix: '/' },
    { ...app, name: 'public', prefix: '/public/', access: 'public' },
    { ...app, name: 'administrators', prefix: '/administrators/', roles: ['administrator'] },
    { ...app, name: 'spent', prefix: '/spent/', limits: { rate: '1/1h', burst: 1, per: 'route' } },
    { ...app, name: 'uploads', prefix: '/sink', upstream: 'node', bodyLimit: '2GiB' },
    { ...app, name: 'sockets', prefix: '/socket', upstream: 'node', websocket: true },
  ],
}

function organizationFile(n: number, networks: number): ConfigurationInput {
  const others = Array.from({ length: networks - 1 }, (_, i) => ({
    network: `${11 + (i % 100)}.${(i >> 4) & 255}.${(i >> 12) & 255}.${((i * 7) % 16) * 16}/28`,
  }))
  return {
    kind: 'organization',
    slug: `bench-${n}`,
    name: `Bench ${n}`,
    networks: [{ network: '127.0.0.0/8' }, ...others],
  }
}
