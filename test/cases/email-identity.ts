import { domainToASCII } from 'node:url'
import { z } from 'zod'
import { type Mail, type MailSink, startMailSink } from '../support/mail-sink.ts'
import { addPerson, type Deployment, deploy, password } from './deployment.ts'
import { hasField, headingOf } from './page.ts'
import { type CaseFile, type CaseResult, judge, readCases, titleOf } from './suite.ts'
import { createVisitor, NotSignedIn, type Visitor } from './visitor.ts'

// Which spellings of an address are one account, and where its mail goes: accounts by the CLI, sign-in and reset by the portal.

const pairPattern = z.object({
  kind: z.literal('pair'),
  id: z.string(),
  idea: z.string().optional(),
  why: z.string().optional(),
  a: z.string(),
  b: z.string(),
  expect: z.enum(['same-account', 'different-accounts', 'second-refused']),
})
const singlePattern = z.object({
  kind: z.literal('single'),
  id: z.string(),
  idea: z.string().optional(),
  why: z.string().optional(),
  value: z.union([z.string(), z.array(z.string())]),
  expect: z.string(),
  stored: z.string().optional(),
})
const otherPattern = z.object({
  kind: z.string(),
  id: z.string(),
  idea: z.string().optional(),
  why: z.string().optional(),
})
type PairCase = z.infer<typeof pairPattern>
type SingleCase = z.infer<typeof singlePattern>

const casePattern = z.union([pairPattern, singlePattern, otherPattern])
const filePattern = z.object({ cases: z.array(z.unknown()) })

interface Stage extends AsyncDisposable {
  readonly deployment: Deployment
  readonly sink: MailSink
  /** Accounts made so far, by the spelling they were made with. */
  readonly made: Set<string>
  turn: number
}

const portalOrigin = 'https://auth.gw.test'

export async function emailIdentity(file: CaseFile, report: (result: CaseResult) => void): Promise<void> {
  const cases = readCases(filePattern.parse(file.content).cases, casePattern, report)
  let stage = await openStage()
  try {
    for (const entry of cases) {
      // A stage that holds the very address in another spelling would answer for the wrong case.
      if (collides(stage, entry)) {
        await stage[Symbol.asyncDispose]()
        stage = await openStage()
      }
      const current = stage
      report(await judge(entry.id, titleOf(entry), () => runCase(current, entry)))
    }
  } finally {
    await stage[Symbol.asyncDispose]()
  }
}

async function openStage(): Promise<Stage> {
  const sink = await startMailSink()
  const deployment = await deploy({
    portalOrigin,
    smtpPort: sink.port,
    trustedProxies: { networks: ['127.0.0.1'], mode: 'x-forwarded-for' },
    apps: [{ origin: 'https://gw.test', routes: [{ path: '/', access: 'signed-in' }] }],
  })
  const close = async () => {
    await deployment[Symbol.asyncDispose]()
    await sink.close()
  }
  return { deployment, sink, made: new Set(), turn: 0, [Symbol.asyncDispose]: close }
}

type AnyCase = z.infer<typeof casePattern>

function collides({ made }: Stage, entry: AnyCase): boolean {
  return wantedBy(entry).some(spelling =>
    [...made].some(known => known !== spelling && known.toLowerCase() === spelling.toLowerCase()),
  )
}

/** The addresses that the case needs an account for. */
function wantedBy(entry: AnyCase): string[] {
  if ('a' in entry) return entry.expect === 'different-accounts' ? [entry.a, entry.b] : [entry.a]
  if (!('value' in entry)) return []
  if (entry.stored !== undefined) return [entry.stored]
  return entry.expect === 'accepted' && typeof entry.value === 'string' ? [entry.value] : []
}

async function runCase(stage: Stage, entry: AnyCase): Promise<readonly string[]> {
  stage.turn += 1
  if ('a' in entry) return judgePair(stage, entry)
  if ('value' in entry) return judgeSingle(stage, entry)
  return [`the gateway has no ${entry.kind} to try this with`]
}

async function judgePair(stage: Stage, { a, b, expect }: PairCase): Promise<readonly string[]> {
  await ensure(stage, a)
  const added = expect === 'different-accounts' && stage.made.has(b) ? 0 : await add(stage, b)
  if (added === 0) stage.made.add(b)
  const entered = await signsIn(stage, b)
  const mails = await resetMails(stage, [b])
  const mailedToA = mails.filter(recipient => isMailbox(recipient, a))
  switch (expect) {
    case 'same-account':
      return [
        ...(added === 0 ? ['a second account was made'] : []),
        ...(entered ? [] : ['the other spelling does not sign in']),
        ...(mailedToA.length === 1
          ? []
          : [`a reset mailed to ${JSON.stringify(mails)} instead of the stored spelling`]),
      ]
    case 'different-accounts':
      // `b` was made with the same pass phrase: that it signs in says nothing. What it may not do is reach the other account.
      return mailedToA.map(() => 'a reset for the one was mailed to the other')
    case 'second-refused':
      return [
        ...(added === 0 ? ['a second account was made'] : []),
        ...(entered ? ['it signs in to the first account'] : []),
        ...mailedToA.map(() => 'it starts a reset for the first account'),
      ]
    default:
      return expect satisfies never
  }
}

async function judgeSingle(stage: Stage, { value, expect, stored }: SingleCase): Promise<readonly string[]> {
  if (stored !== undefined) {
    await ensure(stage, stored)
    const mails = await resetMails(stage, Array.isArray(value) ? value : [value])
    const toStored = mails.every(recipient => isMailbox(recipient, stored))
    const enough = expect === 'refused-or-single' ? mails.length <= 1 : mails.length === 1
    return toStored && enough ? [] : [`mailed to ${JSON.stringify(mails)}`]
  }
  const address = Array.isArray(value) ? value.join(',') : value
  if (expect === 'accepted') {
    if (stage.made.has(address)) return []
    const added = await add(stage, address)
    if (added === 0) stage.made.add(address)
    return added === 0 && (await signsIn(stage, address)) ? [] : ['refused']
  }
  if (expect !== 'refused') return [`nobody knows how to judge ${expect}`]
  const added = await add(stage, address)
  const mails = await resetMails(stage, [address])
  return [
    ...(added === 0 ? ['accepted as an account'] : []),
    ...(mails.length === 0 ? [] : [`a reset was mailed to ${JSON.stringify(mails)}`]),
  ]
}

/** SMTP carries a domain of other letters in its ASCII form (RFC 5321 §2.3.5); everything else has to be the stored spelling, byte for byte. */
function isMailbox(recipient: string, stored: string): boolean {
  const at = stored.lastIndexOf('@')
  const domain = stored.slice(at + 1)
  const ascii = /[^\u0000-\u007f]/.test(domain) ? domainToASCII(domain) : domain
  return recipient === `${stored.slice(0, at)}@${ascii}`
}

async function ensure(stage: Stage, email: string): Promise<void> {
  if (stage.made.has(email)) return
  await addPerson(stage.deployment.gateway, email)
  stage.made.add(email)
}

async function add(stage: Stage, email: string): Promise<number> {
  return (await stage.deployment.gateway.addUser(email, password, [])).code
}

/** Whether this spelling and the pass phrase open a session. */
async function signsIn(stage: Stage, email: string): Promise<boolean> {
  const visitor = openBrowser(stage)
  const first = await visitor.open(`${portalOrigin}/sign-in`)
  try {
    await visitor.signIn(first, { email, password })
    return visitor.cookies('auth.gw.test').some(({ name }) => /^(__Host-)?sekisho$/.test(name))
  } catch (cause) {
    if (!(cause instanceof NotSignedIn) || cause.visit.status >= 500) throw cause
    return false
  }
}

/** Asks for a reset with these values of the e-mail field; resolves with everyone to whom a reset was mailed for it. */
async function resetMails(stage: Stage, emails: readonly string[]): Promise<string[]> {
  const before = stage.sink.messages.length
  await askForReset(stage, emails)
  // Mails leave in the order of their asking, a few at a time: the second barrier is asked for when the first has arrived.
  await untilMailed(stage)
  const { subject } = await untilMailed(stage)
  const resets = stage.sink.messages.slice(before).filter(mail => mail.subject === subject)
  const recipients = resets.flatMap(mail => mail.to).filter(recipient => recipient !== barrier)
  return recipients
}

/** An account of nobody in the cases. */
const barrier = 'barrier@example.net'

/** Resolves when everything that was mailed so far has arrived: a reset for another account comes behind it. */
async function untilMailed(stage: Stage): Promise<Mail> {
  await ensure(stage, barrier)
  await askForReset(stage, [barrier])
  return stage.sink.next(mail => mail.to.includes(barrier))
}

async function askForReset(stage: Stage, emails: readonly string[]): Promise<void> {
  const visitor = openBrowser(stage)
  const page = await visitor.open(`${portalOrigin}/reset`)
  const form = page.forms.find(each => hasField(each, 'email'))
  if (form === undefined) throw new Error(`no form for a reset on "${headingOf(page.html)}" (${page.status})`)
  const body = new URLSearchParams()
  for (const [name, value] of form.fields) if (name !== 'email') body.append(name, value)
  for (const email of emails) body.append('email', email)
  const answer = await visitor.post(page, form, body.toString())
  if (answer.status >= 500) throw new Error(`the reset was answered ${answer.status}`)
}

/** Every browser comes from an address of its own, so that no limit on failures is met. */
function openBrowser(stage: Stage): Visitor {
  stage.turn += 1
  const proxyFields = [
    `X-Forwarded-For: 203.0.${Math.floor(stage.turn / 250)}.${(stage.turn % 250) + 1}`,
    'X-Forwarded-Proto: https',
  ]
  const { port } = stage.deployment.gateway
  return createVisitor({ port, hosts: ['auth.gw.test', 'gw.test'], proxyFields })
}
