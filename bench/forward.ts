import { testPassword } from '../test/support/gateway.ts'
import { cookiesOf } from '../test/support/open-connections.ts'
import { createPortalVisitor, type PortalVisitor } from '../test/support/portal-visitor.ts'
import { type Contender, startContender } from './contenders.ts'
import { load, type Target } from './load.ts'
import { type Figure, summarize } from './measure.ts'

/** Forwarded requests beside a bare pipe, pair by pair in one run: CPU of the server's process for each request, and the ratios. */
export async function benchForward({ rounds, count }: { rounds: number; count: number }): Promise<readonly Figure[]> {
  const upstream = await startContender('upstream.ts')
  const origin = `http://127.0.0.1:${upstream.port}`
  const [pipe, gateway] = await Promise.all([
    startContender('undici-pipe.ts', origin),
    startContender('gateway.ts', origin),
  ])
  try {
    const visitor = await signIn(gateway.port)
    const rows = rowsOf(pipe, gateway, visitor)
    const figures = new Map(rows.map(({ name }) => [name, [] as number[]]))
    for (const row of rows) await load(row.target, count) // warm
    for (let round = 0; round < rounds; round++)
      for (const { name, contender, target } of rows) {
        const before = contender.cpuSeconds()
        await load(target, count)
        figures.get(name)?.push(((contender.cpuSeconds() - before) * 1e6) / count)
      }
    return [...absolute(figures), ...ratios(figures), await signInsPerSecond(gateway.port)]
  } finally {
    for (const contender of [pipe, gateway, upstream]) contender.stop()
  }
}

interface Row {
  readonly name: string
  readonly contender: Contender
  readonly target: Target
}

const bare = 'bare undici pipe'

function rowsOf(pipe: Contender, gateway: Contender, visitor: PortalVisitor): readonly Row[] {
  const host = `localhost:${gateway.port}`
  const cookie = cookiesOf(visitor)
  const at = (path: string, status: number, headers: Record<string, string> = {}): Target => ({
    port: gateway.port,
    path,
    status,
    headers: { Host: host, ...headers },
  })
  return [
    { name: bare, contender: pipe, target: { port: pipe.port, path: '/', status: 200, headers: {} } },
    { name: 'gateway, public route', contender: gateway, target: at('/public/x', 200) },
    { name: 'gateway, signed in', contender: gateway, target: at('/x', 200, { Cookie: cookie }) },
    { name: 'gateway, refused (401)', contender: gateway, target: at('/x', 401) },
  ]
}

function absolute(figures: ReadonlyMap<string, readonly number[]>): readonly Figure[] {
  return [...figures].map(([name, values]) => summarize(name, 'µs CPU', values))
}

/** Round by round, so that what else the machine did weighs on both sides. */
function ratios(figures: ReadonlyMap<string, readonly number[]>): readonly Figure[] {
  const base = figures.get(bare) ?? []
  return [...figures]
    .filter(([name]) => name !== bare)
    .map(([name, values]) =>
      summarize(
        `${name} / ${bare}`,
        'x',
        values.map((value, round) => value / (base[round] ?? Number.NaN)),
      ),
    )
}

async function signIn(port: number): Promise<PortalVisitor> {
  const visitor = createPortalVisitor({ port })
  const first = await visitor.follow(await visitor.get(`http://localhost:${port}/`))
  const second = await visitor.submit(first, { email: 'bench@example.com' })
  const end = await visitor.follow(await visitor.submit(second, { password: testPassword }))
  if (end.status !== 200) throw new Error(`the bench could not sign in: ${end.status} ${end.heading}`)
  return visitor
}

/** Whole sign-ins through the portal's forms, several at a time: five pages and one argon2id each. */
async function signInsPerSecond(port: number): Promise<Figure> {
  const rates: number[] = []
  for (let round = 0; round < 3; round++) {
    const startedMs = performance.now()
    const each = Array.from({ length: 8 }, async () => {
      for (let i = 0; i < 3; i++) await signIn(port)
    })
    await Promise.all(each)
    rates.push(24 / ((performance.now() - startedMs) / 1000))
  }
  return summarize('sign-ins', 'per second', rates)
}
