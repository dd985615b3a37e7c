import { readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { pause, systemClock } from '../lib/clock.ts'
import { type Call, flag, requiredWord, textOption, UsageError } from './command.ts'
import { printAnswer, printImport, printKeys, printProvider } from './sso-print.ts'
import { isRecord, type Operator, outcome, rowsOf, withOperator } from './with-operator.ts'

export const providerHelp = `  metadata SLUG                                      our metadata for the identity provider
  import SLUG FILE|URL [--entity ID]                 its metadata: speaks at once, or waits beside what speaks
  show SLUG                                          provider, certificates, settings, what waits, the last 20 answers
  set SLUG KEY=VALUE...                              requestBinding signed encryption acceptsCbc unsolicited skewMs
                                                     emailAttribute nameAttribute createsAccounts contexts
                                                     rolesAttribute role:VALUE=ROLE (none takes back)
  test SLUG [--wait]                                 an address for a test sign-in that changes nothing, and its outcome
  promote SLUG [--digest DIGEST]                     what waits speaks from now on (DIGEST: only as it was looked at)
  drop SLUG [--digest DIGEST]                        what waits is accepted no longer
  remove SLUG                                        only while single sign-on is off
  keys list|rotate                                   our keys towards all providers; next signs, the former still decrypts`

export const providerOptions = {
  entity: { type: 'string' },
  digest: { type: 'string' },
  wait: { type: 'boolean' },
} as const

/** Acts of `sekisho sso` on the identity provider of an organization. */
export const providerActs: Readonly<Record<string, (call: Call) => Promise<number>>> = {
  metadata: call => ask(call, 'metadata', body => [isRecord(body) ? String(body['document']).trimEnd() : '']),
  import: call => post(call, 'import', { ...offered(call), entity: textOption(call, 'entity') ?? null }, printImport),
  show: call => ask(call, 'provider', printProvider),
  set: call => post(call, 'set', { settings: settingsOf(call) }, printSettings),
  test: call => withOperator(call, operator => startTest(call, operator), printTest),
  promote: call => post(call, 'promote', { digest: textOption(call, 'digest') ?? null }, printSettings),
  drop: call => post(call, 'drop', { digest: textOption(call, 'digest') ?? null }, printSettings),
  remove: call => post(call, 'remove', {}, outcome),
  keys: call => {
    const act = requiredWord(call, 1, 'list or rotate')
    if (act === 'list') return withOperator(call, operator => operator.get('/api/sso/keys'), printKeys)
    if (act !== 'rotate') throw new UsageError(`there is no act "keys ${act}"`)
    return withOperator(call, operator => operator.post('/api/sso/keys/rotate', {}), printKeys)
  },
}

type Print = (body: unknown) => readonly string[]

function ask(call: Call, what: string, print: Print): Promise<number> {
  const organization = encodeURIComponent(slugOf(call))
  return withOperator(call, operator => operator.get(`/api/sso/${what}?organization=${organization}`), print)
}

function post(call: Call, act: string, body: Readonly<Record<string, unknown>>, print: Print): Promise<number> {
  const organization = slugOf(call)
  return withOperator(call, operator => operator.post(`/api/sso/${act}`, { organization, ...body }), print)
}

function slugOf(call: Call): string {
  return requiredWord(call, 1, 'the organization')
}

function settingsOf(call: Call): readonly string[] {
  const settings = call.words.slice(2)
  if (settings.length === 0) throw new UsageError('what to set is missing: KEY=VALUE')
  return settings
}

const documentBytesMax = 1024 * 1024

function offered(call: Call): Readonly<Record<string, string>> {
  const from = requiredWord(call, 2, 'a file or an address')
  if (/^https?:\/\//i.test(from)) return { url: from }
  const stated = statSync(from, { throwIfNoEntry: false })
  if (stated === undefined || !stated.isFile()) throw new UsageError(`${from} is neither a file nor an address`)
  if (stated.size > documentBytesMax) throw new UsageError(`${from} is larger than ${documentBytesMax} bytes`)
  return { document: readFileSync(from, 'utf8'), name: basename(from) }
}

const waitMs = 30 * 60_000
const askEveryMs = 1_000

/** With --wait: stays until the next answer to a test has come, as long as the address is good. */
async function startTest(call: Call, operator: Operator) {
  const organization = slugOf(call)
  const answers = async () => {
    const { body } = await operator.get(`/api/sso/answers?organization=${encodeURIComponent(organization)}`)
    return rowsOf(body, 'answers').filter(({ purpose }) => purpose === 'test')
  }
  const reply = await operator.post('/api/sso/test', { organization })
  if (!flag(call, 'wait') || reply.status >= 400 || !isRecord(reply.body)) return reply
  call.terminal.err(`open ${String(reply.body['address'])}`)
  const before = (await answers())[0]?.['receipt']
  const until = systemClock.monotonicMs() + waitMs
  for (;;) {
    await pause(askEveryMs)
    const [newest] = await answers()
    if (newest !== undefined && newest['receipt'] !== before) return { ...reply, body: { ...reply.body, last: newest } }
    if (systemClock.monotonicMs() > until) return reply
  }
}

function printTest(body: unknown): readonly string[] {
  if (!isRecord(body)) return []
  const { address, last } = body
  return [
    'Open this address in a browser (good for 30 minutes; it signs nobody in and changes nothing):',
    `  ${String(address)}`,
    '',
    ...(isRecord(last) ? ['The last test:', ...printAnswer(last)] : ['No test has been answered yet.']),
  ]
}

function printSettings(body: unknown): readonly string[] {
  if (!isRecord(body)) return []
  const { settings, ...rest } = body
  return [...outcome(rest), ...outcome(isRecord(settings) ? settings : {}).map(line => `  ${line}`)]
}
