import { Hono } from 'hono'
import type { Ask } from '../../http/ask.ts'
import { type Fields, readForm } from '../../http/forms.ts'
import type { PageApp, PageEnv } from '../../http/page-env.ts'
import type { FailureCounter } from '../../limits/failure-counter.ts'
import type { Account } from '../../people/account.ts'
import type { HandOvers } from '../../people/hand-overs.ts'
import type { PasswordMeter } from '../../people/new-passwords.ts'
import type { Resets } from '../../people/resets.ts'
import { ownActs } from '../acts.ts'
import type { Door } from '../door.ts'
import { adviceWords, lengthMinOf, problemWords } from '../password-words.ts'
import type { Visit, VisitOf } from '../visit.ts'

export interface PasswordMeterNeeds {
  readonly visitOf: VisitOf
  readonly ask: Ask
  readonly door: Pick<Door, 'holder'>
  readonly resets: Pick<Resets, 'look'>
  readonly handOvers: Pick<HandOvers, 'open'>
  readonly passwordMeter: PasswordMeter
  /** By account: an estimate costs thirty milliseconds of a core. */
  readonly meterAsks: Pick<FailureCounter, 'take'>
}

/**
 * `/password-meter`: how a new password would be judged, for whoever may set one: the holder of a session, of a mailed ticket
 * or of a code that was handed over. To everybody else it says nothing, and it is asked from our own pages alone. Nothing of it is logged or kept.
 */
export function passwordMeterRoutes(needs: PasswordMeterNeeds): PageApp {
  const app: PageApp = new Hono<PageEnv>()
  app.post('/password-meter', async c => {
    const visit = needs.visitOf(c.env.head, c.env.receipt)
    const form = await readForm(c.req.raw)
    const account = await chooser(needs, visit, form)
    if (account === null) return answer(403, { score: null, words: [] })
    const { kind } = await needs.meterAsks.take(account.id)
    if (kind === 'full') return answer(429, { score: null, words: [] })
    return answer(200, await judge(needs, visit, account, form.get('password') ?? ''))
  })
  return app
}

async function chooser(needs: PasswordMeterNeeds, visit: Visit, form: Fields): Promise<Account | null> {
  switch (form.get('page')) {
    case 'reset':
      return await ticketed(needs, visit)
    case 'hand-over':
      return await handedOver(needs, visit, form.get('pass') ?? '')
    default:
      return await signedIn(needs, visit)
  }
}

async function handedOver({ ask, handOvers }: PasswordMeterNeeds, visit: Visit, pass: string): Promise<Account | null> {
  const { verdict } = await ask('portal', visit.head, { receipt: visit.receipt })
  const handed = verdict.kind === 'allow' ? await handOvers.open(pass) : null
  return handed?.lacks === 'nothing' ? handed.account : null
}

/** The gates of pages without a session: they judge where the request comes from. */
async function ticketed({ ask, resets }: PasswordMeterNeeds, visit: Visit): Promise<Account | null> {
  const { verdict } = await ask('portal', visit.head, { receipt: visit.receipt })
  if (verdict.kind !== 'allow' || visit.cookies.reset === undefined) return null
  return (await resets.look(visit.cookies.reset))?.account ?? null
}

async function signedIn({ ask, door }: PasswordMeterNeeds, visit: Visit): Promise<Account | null> {
  const { verdict } = await ask('own', visit.head, { receipt: visit.receipt, act: ownActs.change_password })
  const holder = verdict.kind === 'allow' ? await door.holder(visit) : null
  // Who signs in with single sign-on has no password here to choose.
  return holder === null || holder.usesSso ? null : holder.account
}

interface Judged {
  /** 0 to 4; null when it was not estimated. */
  readonly score: number | null
  readonly words: readonly string[]
}

async function judge(
  { passwordMeter }: PasswordMeterNeeds,
  { words }: Visit,
  account: Account,
  password: string,
): Promise<Judged> {
  const { problems, strength } = await passwordMeter.judge(account, password)
  if (problems.length > 0) {
    const told = problemWords(words, problems, lengthMinOf(account), strength)
    return { score: Math.min(strength?.score ?? 0, 2), words: told }
  }
  if (strength === null) return { score: null, words: [] }
  return {
    score: strength.score,
    words: [words.passwordAdvice.scores[strength.score] ?? '', ...adviceWords(words, strength)],
  }
}

function answer(status: number, judged: Judged): Response {
  return new Response(JSON.stringify(judged), {
    status,
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'Cross-Origin-Resource-Policy': 'same-origin',
    },
  })
}
