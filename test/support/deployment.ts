import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConfigurationInput, writeConfiguration } from '../../src/config/write.ts'
import { type Books, openBooks } from './books.ts'
import { type GatewayProcess, type StartOptions, startGatewayProcess } from './gateway-process.ts'

/** One data directory and as many `sekisho serve` on it as a test starts, under one name for people, as behind a load balancer. */
export interface Deployment extends AsyncDisposable {
  readonly folder: string
  readonly portalOrigin: string
  readonly appOrigin: string
  /** `name` tells processes apart: each has a configuration and an operators' socket of its own. */
  start(name: string, options?: StartOptions): Promise<GatewayProcess>
  /** The file that a process of this name is started with. */
  configurationOf(name: string): string
  writePolicy(name: string, text: string): void
  /** The same store once more, for putting people in and for reading what came of them. */
  openBooks(): Promise<Books>
}

export interface DeploymentSetup {
  /** `http://127.0.0.1:PORT` of the application; without it nothing is forwarded. */
  readonly upstream?: string
  /** Where mail goes; without it, into the development mailbox. */
  readonly smtpPort?: number
  /** Beside the routes. */
  readonly policies?: Readonly<Record<string, ConfigurationInput>>
}

export function createDeployment(setup: DeploymentSetup = {}): Deployment {
  const folder = mkdtempSync(join(tmpdir(), 'sekisho-test-'))
  mkdirSync(join(folder, 'policies'))
  const configurationOf = (name: string) => join(folder, `${name}.yaml`)
  const writePolicy = (name: string, text: string) => writeFileSync(join(folder, 'policies', `${name}.yaml`), text)
  for (const [name, policy] of Object.entries({ routes, ...setup.policies }))
    writePolicy(name, writeConfiguration(policy))
  const open: AsyncDisposable[] = []
  return {
    folder,
    portalOrigin,
    appOrigin,
    configurationOf,
    writePolicy,
    async start(name, options) {
      const file = configurationOf(name)
      writeFileSync(file, writeConfiguration(gatewayFile(setup, join(folder, `${name}.sock`))))
      const gateway = await startGatewayProcess(file, options)
      open.push(gateway)
      return gateway
    },
    async openBooks() {
      const books = await openBooks(join(folder, 'data'))
      open.push(books)
      return books
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(open.map(each => each[Symbol.asyncDispose]()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

// Whatever ports the processes really listen on.
const portalOrigin = 'http://auth.localhost:8080'
const appOrigin = 'http://localhost:8080'

const routes: ConfigurationInput = {
  kind: 'routes',
  routes: [{ name: 'app', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'signed-in', websocket: true }],
}

function gatewayFile(setup: DeploymentSetup, socket: string): ConfigurationInput {
  const from = 'gate@example.com'
  const { smtpPort, upstream = 'http://127.0.0.1:9' } = setup
  const many = '1000000/1h' // tries side by side are what these tests are about, and no budget may decide them
  return {
    listen: { address: '127.0.0.1', port: 0 },
    portal: { origin: portalOrigin },
    operator: { listen: { address: '127.0.0.1', port: 0 }, socket },
    dataDir: 'data',
    upstreams: { app: { addresses: [upstream] } },
    mail:
      smtpPort === undefined
        ? { transport: 'mailbox', from }
        : { transport: 'smtp', smtp: { host: '127.0.0.1', port: smtpPort, tls: 'off' }, from },
    ...(smtpPort === undefined ? { sms: { transport: 'mailbox', defaultCountry: '+81' } } : {}),
    trustedProxies: { networks: ['127.0.0.1/32'] },
    limits: {
      traffic: { address: { off: true }, addressWithSession: { off: true }, account: { off: true } },
      signIn: {
        ...{ address: many, account: many, accountKnownDevice: many, pair: many, codesPerAccount: many },
        ...{ resetMailsPerAccount: many, resetMailsPerAddress: many },
      },
      sms: { account: many, number: many, address: many, hour: many, day: many },
    },
    development: { insecureCookies: true },
  }
}
