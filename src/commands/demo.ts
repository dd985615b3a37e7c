import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { judge } from '../composition/judge.ts'
import { checkConfiguration } from '../config/check.ts'
import { formatProblem } from '../config/problem.ts'
import { systemClock } from '../lib/clock.ts'
import { secureRandom } from '../lib/random.ts'
import { type Call, type Command, exitCodes, textOption } from './command.ts'
import { writeDemoFiles } from './demo/files.ts'
import { writeLeakedList } from './demo/leaked-list.ts'
import { type DemoPerson, leakedDemoPasswords, seedDemo } from './demo/people.ts'
import { connectProvider, describeProvider, singleSignOnHint } from './demo/single-sign-on.ts'
import { runGateway } from './run-gateway.ts'
import { endWhenAsked } from './serve.ts'

/** `sekisho demo` (npm start): the gateway with a chat behind it, three organizations with people (one with single sign-on), and a mailbox. */
export const demoCommand: Command = {
  help: `usage: sekisho demo [--data DIR] [--port PORT]
  --port PORT   default: $PORT, else 8080 (or a free one when that is taken)
  --data DIR    keep everything there; without it nothing is kept`,
  options: { data: { type: 'string' }, port: { type: 'string' } },
  async run(call) {
    const kept = textOption(call, 'data')
    const folder = kept === undefined ? mkdtempSync(join(tmpdir(), 'sekisho-demo-')) : resolve(kept)
    try {
      return await runDemo(call, folder)
    } finally {
      if (kept === undefined) rmSync(folder, { recursive: true, force: true })
    }
  },
}

async function runDemo(call: Call, folder: string): Promise<number> {
  const port = await choosePort(textOption(call, 'port') ?? call.terminal.environment['PORT'])
  const portalOrigin = `http://auth.localhost:${port}`
  // Loaded here, because only the demo needs the example: the image carries none, and every other command has to start without it.
  const { createChat } = await import('../../examples/chat/chat.ts')
  const chat = await createChat({
    jwksUrl: `http://localhost:${port}/.sekisho/jwks.json`,
    issuer: portalOrigin,
    audience: 'chat',
    portalUrl: portalOrigin,
    dataDir: join(folder, 'chat'),
  })
  const { createIdentityProvider } = await import('../../examples/identity-provider/identity-provider.ts')
  const provider = await createIdentityProvider(
    describeProvider({ folder, portalOrigin, port: (await tryPort(port + 1)) ?? 0 }),
  )
  const files = writeDemoFiles(folder, { port, portalOrigin, chatPort: chat.port })
  const configuration = { ...files, environment: call.terminal.environment, judge }
  const checked = await checkConfiguration(configuration)
  if (checked.kind === 'bad') {
    for (const problem of checked.problems) call.terminal.err(formatProblem(problem))
    return exitCodes.refused
  }
  const running = await runGateway({
    configuration,
    config: checked.config,
    dataDir: checked.config.dataDir,
    clock: systemClock,
    random: secureRandom,
    log: { level: 'info', file: join(folder, 'gateway.log') },
  })
  await connectProvider(running.gateway.rooms, provider.metadata)
  const people = await seedDemo(running.gateway.rooms)
  writeLeakedList(folder, leakedDemoPasswords)
  const { socketPath: socket } = running.gateway.operator
  for (const line of welcome({ port, portalOrigin, providerOrigin: provider.origin, folder, people, socket }))
    call.terminal.out(line)
  const code = await endWhenAsked(call, running, 1_000)
  await provider.close()
  await chat.close()
  return code
}

const usualPort = 8080

/** A port that was asked for is taken or refused; the usual one gives way to a free one. */
async function choosePort(wanted: string | undefined): Promise<number> {
  if (wanted !== undefined && wanted !== '') {
    const port = Number(wanted)
    if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`${wanted} is not a port (0 to 65535)`)
    return port === 0 ? ((await tryPort(0)) ?? usualPort) : port
  }
  return (await tryPort(usualPort)) ?? (await tryPort(0)) ?? usualPort
}

function tryPort(port: number): Promise<number | null> {
  return new Promise(resolvePort => {
    const server = createServer()
    server.once('error', () => resolvePort(null))
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolvePort(typeof address === 'object' && address !== null ? address.port : null))
    })
  })
}

interface Welcome {
  readonly port: number
  readonly portalOrigin: string
  readonly folder: string
  readonly socket: string
  readonly providerOrigin: string
  readonly people: readonly DemoPerson[]
}

function welcome({ port, portalOrigin, providerOrigin, folder, socket, people }: Welcome): readonly string[] {
  const width = Math.max(...people.map(({ email }) => email.length))
  const rows = people.map(
    ({ email, password, note }) =>
      `    ${email.padEnd(width)}  ${(password ?? '(single sign-on)').padEnd(24)}  ${note}`,
  )
  return [
    '',
    '  Sekisho is running.',
    '',
    `  The chat      http://localhost:${port}`,
    `  The portal    ${portalOrigin}`,
    `  The mailbox   ${portalOrigin}/mailbox   (every mail and text message that is sent)`,
    '',
    '  Sign in as',
    ...rows,
    '',
    ...singleSignOnHint(portalOrigin, providerOrigin),
    '',
    '  Try, in another terminal',
    `    bin/sekisho users require-reset ${people[0]?.email ?? ''} --reason "password seen elsewhere" --socket ${socket}`,
    `    bin/sekisho explain --account ${people[0]?.email ?? ''} --address 203.0.113.9 --path / --socket ${socket}`,
    '',
    `  Files are in ${folder}; stop with Ctrl-C.`,
    '  Development only: plain HTTP, no mail leaves this machine.',
    '',
  ]
}
