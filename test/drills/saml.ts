import { monitorEventLoopDelay } from 'node:perf_hooks'
import { systemClock } from '../../src/lib/clock.ts'
import { judgeResponse } from '../../src/sso/judge-response.ts'
import { createXmlPool } from '../../src/sso/xml-pool.ts'
import { formOf } from '../attacks/saml/case.ts'
import { caseClasses, questionAbout } from '../attacks/saml/generator.ts'
import { judge } from '../attacks/saml/judge.ts'
import { runMutations } from '../attacks/saml/mutations.ts'
import { messageOf } from '../attacks/saml/signing.ts'
import { attack, opensSession, startTown } from '../attacks/saml/town.ts'
import { makeWorld } from '../attacks/saml/world.ts'
import type { Drill, DrillCall, DrillReport } from './drill.ts'

/** Every forged message in the threads and over HTTP, edits without number, and 50 posts of one message at once. */
export const samlDrill: Drill = {
  summary: 'forged, edited and doubled messages of identity providers: none signs in who should not; what each costs',
  rounds: 200,
  quickRounds: 5,
  async run(call) {
    const parts = { cost: measureCost, mutations: editAway, http: overHttp, posts: postAtOnce }
    const chosen = Object.entries(parts).filter(([name]) => call.only === undefined || name === call.only)
    if (chosen.length === 0) throw new Error(`no part ${call.only}; there are: ${Object.keys(parts).join(', ')}`)
    const reports: DrillReport[] = []
    for (const [, part] of chosen) reports.push(await part(call))
    return {
      lines: reports.flatMap(({ lines }) => lines),
      problems: reports.flatMap(({ problems }) => problems),
    }
  },
}

/** No message works longer than this in its thread, or holds the loop for longer than half of it. */
const workMsMax = 100
const pauseMsMax = 50

/** Each message alone through the pool of threads: how long until it is judged, and how long the loop stood still. */
async function measureCost({ say }: DrillCall): Promise<DrillReport> {
  const world = makeWorld()
  const problems: string[] = []
  const costs: { readonly id: string; readonly ms: number; readonly pauseMs: number }[] = []
  await using pool = createXmlPool({ clock: systemClock })
  await judgeResponse(pool, questionAbout({ ...warm, message: messageOf }, world))
  for (const one of Object.values(caseClasses()).flat()) {
    const question = questionAbout(one, world)
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const startedMs = performance.now()
    const reading = await judgeResponse(pool, question)
    costs.push({ id: one.id, ms: performance.now() - startedMs, pauseMs: delay.max / 1e6 })
    delay.disable()
    const problem = judge(one, reading, world)
    if (problem !== null) problems.push(`${one.id}: ${problem}`)
  }
  const slowest = costs.toSorted((a, b) => b.ms - a.ms)
  const late = costs.filter(({ ms, pauseMs }) => ms > workMsMax || pauseMs > pauseMsMax)
  say(`${costs.length} messages, ${late.length} over ${workMsMax} ms of work or ${pauseMsMax} ms of pause`)
  const lines = slowest.slice(0, 5).map(({ id, ms }) => `${id}: ${ms.toFixed(1)} ms in its thread`)
  const pause = Math.max(...costs.map(({ pauseMs }) => pauseMs))
  return { lines: [...lines, `longest pause of the loop: ${pause.toFixed(1)} ms`], problems }
}

const warm = { id: 'warm', about: '', causes: [], outcome: 'mallory' } as const

/** A thousand edits a round. */
async function editAway({ rounds, seed, say }: DrillCall): Promise<DrillReport> {
  const problems: string[] = []
  let accepted = 0
  for (let round = 0; round < rounds; round++) {
    const report = await runMutations(seed + round, 1_000)
    accepted += report.accepted
    problems.push(...report.problems)
    if (round % 10 === 9) say(`edits: ${(round + 1) * 1_000}, ${accepted} changed nothing, ${problems.length} problems`)
  }
  return { lines: [`${rounds * 1_000} edited messages, ${accepted} accepted as what they were`], problems }
}

/** All cases that need no other settings, through the real gateway. */
async function overHttp({ say }: DrillCall): Promise<DrillReport> {
  await using town = await startTown()
  const problems: string[] = []
  const cases = Object.values(caseClasses())
    .flat()
    .filter(({ question }) => question === undefined)
  for (const one of cases) {
    const { reply } = await attack(town, one)
    const isOpen = opensSession(reply)
    const isWrong = one.outcome === 'mallory' ? !isOpen : one.outcome === 'refused' && isOpen
    if (isWrong || (!isOpen && reply.status !== 403)) problems.push(`${one.id}: ${reply.status} ${reply.heading}`)
  }
  if ((await town.sessionsOf(town.victimId)) > 0) problems.push('the victim has a session')
  if (town.calls() > 0) problems.push(`${town.calls()} connections to an address in a message`)
  say(`${cases.length} messages posted`)
  return { lines: [`${cases.length} messages posted to the gateway`], problems }
}

async function postAtOnce({ rounds, say }: DrillCall): Promise<DrillReport> {
  await using town = await startTown()
  const problems: string[] = []
  for (let round = 1; round <= rounds; round++) {
    const asked = await town.ask()
    const form = formOf(messageOf(asked.world))
    const before = await town.sessionsOf(town.malloryId)
    const replies = await Promise.all(Array.from({ length: 50 }, () => town.post(asked, form)))
    const opened = replies.filter(opensSession).length
    const stored = (await town.sessionsOf(town.malloryId)) - before
    if (opened !== 1 || stored !== 1) problems.push(`round ${round}: ${opened} cookies, ${stored} sessions`)
    if (round % 20 === 0) say(`posts at once: ${round} of ${rounds}, ${problems.length} problems so far`)
  }
  return { lines: [`${rounds} rounds of 50 posts of one message`], problems }
}
