import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { connectToGateway } from '../../src/commands/operator-client.ts'
import { readCsv } from './csv-reader.ts'
import { startGateway } from './gateway.ts'

// Everybody exported from a running gateway over its socket, while others ask the same store.

export interface ExportRun {
  readonly rows: number
  /** What the process (gateway and reader together) held more than before, at the worst of many collections while the file was on its way. */
  readonly heldBytes: number
  /** Growth of the process's memory, garbage and the store's thread with it: it says how lazy the collector was, too. */
  readonly grownBytes: number
  readonly fileBytes: number
  readonly seconds: number
  /** The longest that another caller of the store waited meanwhile. */
  readonly longestWaitMs: number
  /** Cells that a spreadsheet would run. */
  readonly formulas: number
}

export async function runExport(people: number, kind = 'second-factor'): Promise<ExportRun> {
  const gateway = await startGateway({ upstream: 'http://127.0.0.1:9', policies: { routes } })
  try {
    const { gateway: running } = gateway.running
    addMany(join(gateway.configuration.gatewayFile, '..', 'data', 'sekisho.db'), people)
    const client = await connectToGateway(running.operator.socketPath, 'drill')
    if (client === null) throw new Error('no gateway')
    const { accounts } = running.rooms.store
    const heldBefore = held()
    const before = process.memoryUsage().rss
    let [heldPeak, nextLook] = [heldBefore, 0]
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
    let [peak, fileBytes, rows, formulas, longestWaitMs, rest] = [before, 0, -1, 0, 0, '']
    let done = false
    const others = (async () => {
      while (!done) {
        const askedMs = performance.now()
        await accounts.list({ limit: 1 })
        longestWaitMs = Math.max(longestWaitMs, performance.now() - askedMs)
      }
    })()
    const startedMs = performance.now()
    await client.download(`/api/users/export?kind=${kind}`, async bytes => {
      fileBytes += bytes.length
      peak = Math.max(peak, process.memoryUsage().rss)
      if (fileBytes >= nextLook) {
        heldPeak = Math.max(heldPeak, held())
        nextLook = fileBytes + lookEachBytes
      }
      const text = rest + decoder.decode(bytes, { stream: true })
      const whole = text.lastIndexOf('"\r\n"') + 3
      if (whole < 3) rest = text
      else {
        rest = text.slice(whole)
        const read = readCsv(text.slice(0, whole))
        rows += read.length
        formulas += read.flat().filter(cell => /^\s*"?[=+\-@＝＋－＠]/u.test(cell)).length
      }
    })
    rows += readCsv(rest).length
    const seconds = (performance.now() - startedMs) / 1000
    done = true
    await others
    await client.close()
    return {
      rows,
      heldBytes: heldPeak - heldBefore,
      grownBytes: peak - before,
      fileBytes,
      seconds,
      longestWaitMs,
      formulas,
    }
  } finally {
    await gateway[Symbol.asyncDispose]()
  }
}

const lookEachBytes = 256 * 1024

/** Heap and buffers that something still refers to. */
function held(): number {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** The collector, which a program cannot call unless it asked for it. */
function collect(): void {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void // because the flag puts it there
  gc()
}

const routes = {
  kind: 'routes' as const,
  routes: [{ name: 'app', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'signed-in' as const }],
}

/** Straight into the file: every third has an app, every fifth a phone, every seventh a name that is a formula. */
function addMany(file: string, people: number): void {
  const db = new DatabaseSync(file)
  db.exec('pragma busy_timeout = 5000')
  db.exec('begin')
  db.exec(`insert into accounts (id, email, email_key, name, language, roles, state, created_at, last_sign_in_at)
    with recursive n (i) as (select 1 union all select i + 1 from n where i < ${people})
    select printf('many-%07d', i), 'person' || i || '@many.example', 'person' || i || '@many.example',
      case i % 7 when 0 then '=cmd|'' /C calc''!A' || i when 1 then '＝HYPERLINK("http://evil.test")' else '山田 "太郎", ' || i end,
      'ja', '["person"]', 'open', 1700000000000 + i, case i % 2 when 0 then 1800000000000 end
    from n`)
  db.exec(`insert into factors (id, account_id, kind, label, added_at, sealed_secret, last_step, spare)
    select id || '-f', id, case when created_at % 3 = 0 then 'totp' else 'sms_code' end, '+81 •••••••34', 1, 'sealed', 0,
      case when created_at % 15 = 0 then 1 else 0 end
    from accounts where id like 'many-%' and (created_at % 3 = 0 or created_at % 5 = 0)`)
  db.exec('commit')
  db.close()
}
