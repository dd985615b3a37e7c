import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningGateway, runGateway } from '../../src/commands/run-gateway.ts'
import { judge } from '../../src/composition/judge.ts'
import { type Configuration, checkConfiguration } from '../../src/config/check.ts'
import { formatProblem } from '../../src/config/problem.ts'
import { type ConfigurationInput, writeConfiguration } from '../../src/config/write.ts'
import { type Clock, systemClock } from '../../src/lib/clock.ts'
import { secureRandom } from '../../src/lib/random.ts'
import type { Account } from '../../src/people/account.ts'
import type { Origin } from '../../src/people/origin.ts'
import type { Role } from '../../src/policy/facts.ts'
import { type CliResult, runCli } from './cli.ts'
import { choosePort } from './listen.ts'

// The whole gateway in this process, on real files, a real store and real sockets: as `sekisho serve` runs it.

export interface TestGateway extends AsyncDisposable {
  readonly port: number
  /** `http://localhost:PORT` */
  readonly appOrigin: string
  /** `http://auth.localhost:PORT` */
  readonly portalOrigin: string
  readonly folder: string
  readonly configuration: Configuration
  readonly running: RunningGateway
  /** Stops it and starts it again on what it kept. */
  restart(): Promise<void>
  /** What the CLI prints, asked over the Unix socket of this gateway. */
  cli(...words: string[]): Promise<CliResult>
  addPerson(person: TestPerson): Promise<Account>
  writePolicy(name: string, input: ConfigurationInput): void
  /** Writes gateway.yaml as it was at the start, with these sections in place of the first ones. */
  writeGateway(sections: GatewaySections): void
}

export interface TestPerson {
  readonly email: string
  readonly password?: string
  readonly name?: string
  readonly organization?: string
  readonly roles?: readonly Role[]
  readonly language?: 'en' | 'ja'
}

export interface TestGatewaySetup {
  /** `http://127.0.0.1:PORT` of the application. */
  readonly upstream: string
  /** Files of policies/ by name; `routes` are for host `localhost` and upstream `app`. */
  readonly policies: Readonly<Record<string, ConfigurationInput>>
  readonly gateway?: GatewaySections
  /** Where secrets that `gateway` refers to by `env` are found. */
  readonly environment?: Readonly<Record<string, string>>
  readonly clock?: Clock
  /** Writes what the configuration refers to. */
  readonly before?: (folder: string) => void
}

export type GatewaySections = Partial<Extract<ConfigurationInput, { listen: unknown }>>

export const testPassword = 'correct-quay-drizzle-otter'
export const byTest: Origin = { actor: { kind: 'system', id: 'test' }, address: null, receipt: null, device: 'test' }

export async function startGateway(setup: TestGatewaySetup): Promise<TestGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'sekisho-test-'))
  const port = await choosePort()
  const portalOrigin = `http://auth.localhost:${port}`
  const policiesFolder = join(folder, 'policies')
  mkdirSync(policiesFolder)
  const writePolicy = (name: string, input: ConfigurationInput) =>
    writeFileSync(join(policiesFolder, `${name}.yaml`), writeConfiguration(input))
  for (const [name, input] of Object.entries(setup.policies)) writePolicy(name, input)
  const gatewayFile = join(folder, 'gateway.yaml')
  const writeGateway = (sections: GatewaySections) =>
    writeFileSync(
      gatewayFile,
      writeConfiguration({
        listen: { address: '127.0.0.1', port },
        portal: { origin: portalOrigin },
        operator: { listen: { address: '127.0.0.1', port: 0 } },
        dataDir: 'data',
        upstreams: { app: { addresses: [setup.upstream], audience: 'app' } },
        mail: { transport: 'mailbox', from: 'noreply@example.com' },
        development: { insecureCookies: true },
        ...setup.gateway,
        ...sections,
      }),
    )
  writeGateway({})
  setup.before?.(folder)
  const configuration: Configuration = { gatewayFile, policiesFolder, environment: setup.environment ?? {}, judge }
  const { clock = systemClock } = setup
  let running = await run(configuration, folder, clock)
  return {
    port,
    appOrigin: `http://localhost:${port}`,
    portalOrigin,
    folder,
    configuration,
    get running() {
      return running
    },
    async restart() {
      await running.close(0)
      running = await run(configuration, folder, clock)
    },
    cli: (...words) => runCli([...words, '--socket', running.gateway.operator.socketPath]),
    writePolicy,
    writeGateway,
    addPerson: person => addPerson(running, person),
    async [Symbol.asyncDispose]() {
      await running.close(0)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function run(configuration: Configuration, folder: string, clock: Clock): Promise<RunningGateway> {
  const checked = await checkConfiguration(configuration)
  if (checked.kind === 'bad') throw new Error(checked.problems.map(formatProblem).join('\n'))
  return runGateway({
    configuration,
    config: checked.config,
    dataDir: checked.config.dataDir,
    clock,
    random: secureRandom,
    log: { level: 'info', file: join(folder, 'gateway.log') },
  })
}

async function addPerson({ gateway: { rooms } }: RunningGateway, person: TestPerson): Promise<Account> {
  const { organization: slug } = person
  const organization = slug === undefined ? null : await rooms.store.organizations.findBySlug(slug)
  const creating = await rooms.people.peopleAdmin.create(
    {
      email: person.email,
      name: person.name ?? 'A Person',
      language: person.language ?? 'en',
      organizationId: organization?.id ?? null,
      roles: person.roles ?? ['person'],
      password: person.password ?? testPassword,
    },
    byTest,
  )
  if (creating.kind !== 'created') throw new Error(`cannot create ${person.email}: ${JSON.stringify(creating)}`)
  return creating.account
}
