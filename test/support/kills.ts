import { setTimeout as pause } from 'node:timers/promises'
import type { Books } from './books.ts'
import { createDeployment, type Deployment } from './deployment.ts'
import type { GatewayProcess } from './gateway-process.ts'
import { findHalfMade } from './half-made.ts'
import { actsOf, beginLives, eventOf, type Life, live, type Stage, tryAgain, UnforeseenAnswer } from './lives.ts'
import { deliverTheRest, type MailCount } from './lost-mails.ts'
import { type MailSink, startMailSink } from './mail-sink.ts'
import { inTurns, sameBrowser } from './races.ts'
import type { Seeded } from './seeded.ts'

// Gateways that are killed at chosen moments while people use them, and what is found on the next start.

export interface KillReport {
  readonly kills: number
  /** Acts by what their people heard and what was there afterwards. */
  readonly acts: { answered: number; unansweredDone: number; unansweredUndone: number }
  readonly mails: MailCount
  /** Empty when all is well. */
  readonly problems: readonly string[]
}

export interface KillPlan {
  readonly kills: number
  /** Lives of each kind between two kills. */
  readonly livesEach: number
  readonly chance: Seeded
  say?(line: string): void
}

export async function runKills({ kills, livesEach, chance, say = () => {} }: KillPlan): Promise<KillReport> {
  await using sink = await startMailSink()
  await using deployment = createDeployment({ smtpPort: sink.port })
  let gateway = await deployment.start('gateway')
  const books = await deployment.openBooks()
  const acts = { answered: 0, unansweredDone: 0, unansweredUndone: 0 }
  const problems: string[] = []
  for (let round = 1; round <= kills; round++) {
    const lives = await beginLives(books, gateway.port, livesEach)
    const moment = chooseMoment(chance, lives)
    problems.push(...(await liveUntilKilled(lives, { gateway, deployment, sink, moment })))
    gateway = await deployment.start('gateway')
    problems.push(...(await judge(lives, acts, { books, deployment, gateway })))
    const { what, count, delayMs } = moment
    say(`kill ${round} of ${kills}, ${delayMs} ms after ${what} ${count}: ${problems.length} problems so far`)
  }
  await gateway.kill()
  const mails = await deliverTheRest(deployment, books, sink)
  return { kills, acts, mails: mails.count, problems: [...problems, ...mails.problems] }
}

/** So long after so many of these. Right after an answer or a mail is when a promise would be broken that was given too early. */
interface Moment {
  readonly what: Stage | 'mailed'
  readonly count: number
  readonly delayMs: number
}

function chooseMoment(chance: Seeded, lives: readonly Life[]): Moment {
  const actsAll = lives.reduce((sum, life) => sum + actsOf[life.kind], 0)
  const what = (['asked', 'asked', 'answered', 'mailed'] as const)[chance.whole(0, 3)] ?? 'asked'
  return { what, count: chance.whole(1, actsAll), delayMs: what === 'asked' ? chance.whole(0, 60) : 0 }
}

interface Dying {
  readonly gateway: GatewayProcess
  readonly deployment: Deployment
  readonly sink: MailSink
  readonly moment: Moment
}

/** Answers what went wrong before the kill: afterwards nothing is said, and that is no problem. */
async function liveUntilKilled(
  lives: readonly Life[],
  { gateway, deployment, sink, moment }: Dying,
): Promise<string[]> {
  const problems: string[] = []
  let killing: Promise<void> | null = null
  const kill = () => {
    // At once means at once: not even a turn of the loop later.
    killing ??= moment.delayMs === 0 ? gateway.kill() : pause(moment.delayMs).then(() => gateway.kill())
    return killing
  }
  let count = 0
  const told = (what: Moment['what']) => {
    if (what === moment.what) count += 1
    if (count === moment.count) void kill()
  }
  const stopWatching = sink.watch(() => told('mailed'))
  await inTurns(lives, livesAtOnce, async life => {
    await live(life, deployment, told).catch((cause: unknown) => {
      if (killing === null || cause instanceof UnforeseenAnswer)
        problems.push(`${life.account.email}: ${String(cause)}`)
    })
  })
  await kill()
  stopWatching()
  return problems
}

const livesAtOnce = 6

interface Judging {
  readonly books: Books
  readonly deployment: Deployment
  readonly gateway: GatewayProcess
}

async function judge(lives: readonly Life[], acts: KillReport['acts'], where: Judging): Promise<string[]> {
  const { books, deployment, gateway } = where
  const verified = await gateway.cli('audit', 'verify')
  const problems = verified.code === 0 ? [] : [`sekisho audit verify: ${verified.out}${verified.err}`]
  const look = async () => {
    for (const life of lives) problems.push(...(await findHalfMade(books, life)))
  }
  await look()
  await countActs(books, lives, acts)
  await inTurns(lives, livesAtOnce, async life => {
    if (!(await isStillIn(life, deployment, gateway.port))) problems.push(`${life.account.email}: no session any more`)
    await tryAgain(life, deployment, gateway.port).catch((cause: unknown) => problems.push(String(cause)))
  })
  await look()
  return problems
}

/** A session whose token was answered goes on; that of an unanswered enrolment may have got a new token that its person never saw. */
async function isStillIn(
  { answered, asked, visitor }: Life,
  { portalOrigin }: Deployment,
  port: number,
): Promise<boolean> {
  if (!answered.has('sign-in') || (asked.has('enrolment') && !answered.has('enrolment'))) return true
  return (await sameBrowser(visitor, port).get(`${portalOrigin}/account`)).status === 200
}

async function countActs(books: Books, lives: readonly Life[], acts: KillReport['acts']): Promise<void> {
  for (const life of lives)
    for (const act of life.asked) {
      if (life.answered.has(act)) acts.answered += 1
      else if ((await books.times(eventOf[act], life.account.id)) > 0) acts.unansweredDone += 1
      else acts.unansweredUndone += 1
    }
}
