import { placeKeys } from './place.ts'
import type { Places } from './places.ts'
import type { RecordedSignIn, SignInHistory } from './sign-in-history.ts'
import { lookBack, newsOf, type SignInNoticeSettings } from './sign-in-news.ts'

/** What sign-ins would have been told of under other settings: a setting that mails too much teaches people to look away. */
export interface NoticePreview {
  readonly signIns: number
  readonly now: PreviewedMails
  readonly changed: PreviewedMails
  /** Oldest first; only days with sign-ins. `day`: milliseconds at its beginning, UTC. */
  readonly days: readonly PreviewedDay[]
  /** More sign-ins than are replayed at a time: the newest were left out. */
  readonly isCut: boolean
}

export interface PreviewedMails {
  readonly mails: number
  /** The most that one account would have got. */
  readonly perAccountMax: number
}

export interface PreviewedDay {
  readonly day: number
  readonly signIns: number
  readonly now: number
  readonly changed: number
}

export interface PreviewQuestion {
  readonly days: number
  readonly at: number
  readonly now: SignInNoticeSettings
  readonly changed: SignInNoticeSettings
}

export interface PreviewNeeds {
  readonly history: Pick<SignInHistory, 'walk'>
  readonly places: Pick<Places, 'find'>
}

const dayMs = 86_400_000
/** What is known of an account when the counted days begin: the sign-ins of so long before them. */
const beforeMs = 60 * dayMs
const pageSize = 1_000
const replayedMax = 500_000

/** Replays the recorded sign-ins, oldest first, through the same judgement that speaks when somebody signs in. */
export async function previewNotices(
  { history, places }: PreviewNeeds,
  question: PreviewQuestion,
): Promise<NoticePreview> {
  const from = question.at - question.days * dayMs
  const tally = createTally(question)
  let replayed = 0
  let after: RecordedSignIn | undefined
  for (;;) {
    const query = { from: from - beforeMs, to: question.at, limit: pageSize }
    const page = await history.walk(after === undefined ? query : { ...query, after })
    for (const signIn of page) tally.add(located(signIn, places), signIn.at >= from)
    replayed += page.length
    after = page.at(-1)
    if (page.length < pageSize) return tally.result(false)
    if (replayed >= replayedMax) return tally.result(true)
  }
}

/** What was recorded before there were files of places is judged as if there had been. */
function located(signIn: RecordedSignIn, places: PreviewNeeds['places']): RecordedSignIn {
  if (signIn.country !== null || signIn.network !== null) return signIn
  return { ...signIn, ...placeKeys(places.find(signIn.address), signIn.address) }
}

interface Counted {
  readonly day: number
  signIns: number
  now: number
  changed: number
}

function createTally({ now, changed }: PreviewQuestion) {
  const before = new Map<string, readonly RecordedSignIn[]>()
  const days = new Map<number, Counted>()
  const perAccount = { now: new Map<string, number>(), changed: new Map<string, number>() }
  const tell = (day: Counted, which: 'now' | 'changed', accountId: string) => {
    day[which] += 1
    perAccount[which].set(accountId, (perAccount[which].get(accountId) ?? 0) + 1)
  }
  const total = (which: 'now' | 'changed'): PreviewedMails => ({
    mails: [...days.values()].reduce((sum, day) => sum + day[which], 0),
    perAccountMax: [...perAccount[which].values()].reduce((most, count) => Math.max(most, count), 0),
  })
  return {
    add(signIn: RecordedSignIn, isCounted: boolean) {
      const { accountId } = signIn
      const earlier = before.get(accountId) ?? []
      if (isCounted) {
        const start = Math.floor(signIn.at / dayMs) * dayMs
        const day = days.get(start) ?? { day: start, signIns: 0, now: 0, changed: 0 }
        days.set(start, day)
        day.signIns += 1
        if (newsOf(signIn, earlier, now) !== null) tell(day, 'now', accountId)
        if (newsOf(signIn, earlier, changed) !== null) tell(day, 'changed', accountId)
      }
      before.set(accountId, [signIn, ...earlier.slice(0, lookBack - 1)])
    },
    result: (isCut: boolean): NoticePreview => ({
      signIns: [...days.values()].reduce((sum, day) => sum + day.signIns, 0),
      now: total('now'),
      changed: total('changed'),
      days: [...days.values()],
      isCut,
    }),
  }
}
