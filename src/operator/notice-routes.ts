import type { Context } from 'hono'
import type { PageApp, PageEnv } from '../http/page-env.ts'
import { isoInstant } from '../lib/instant.ts'
import { previewNotices } from '../people/notice-preview.ts'
import type { SignInNoticeSettings } from '../people/sign-in-news.ts'
import { invalid } from './input.ts'
import type { OperatorRooms } from './rooms.ts'

/** Notices of sign-ins: how many mails other settings would have meant. Reads, and changes nothing. */
export function addNoticeRoutes(app: PageApp, rooms: OperatorRooms): void {
  app.get('/api/notices/preview', async context => {
    const days = numberOf(context, 'days', 1, daysMax) ?? 7
    const now = rooms.signInNoticeSettings()
    const changed = settingsOf(context, now)
    const { signInHistory: history, places, clock } = rooms
    await places.look()
    const preview = await previewNotices({ history, places }, { days, at: clock.now(), now, changed })
    return context.json({
      ...preview,
      days: preview.days.map(({ day, ...counts }) => ({ day: isoInstant(day).slice(0, 10), ...counts })),
      settings: { now, changed },
    })
  })
}

const daysMax = 90
const flags = ['newCountry', 'newCity', 'newNetwork', 'every'] as const
const known: readonly string[] = [...flags, 'windowMs', 'days']

/** What is not said stays as it is configured. A name that is not known is refused: a misspelt setting would seem to change nothing. */
function settingsOf(context: Context<PageEnv>, now: SignInNoticeSettings): SignInNoticeSettings {
  const unknown = Object.keys(context.req.query()).filter(name => !known.includes(name))
  if (unknown.length > 0) throw invalid(`unknown: ${unknown.join(', ')}`)
  const windowMs = numberOf(context, 'windowMs', 60_000, 30 * 86_400_000) ?? now.windowMs
  const wanted = Object.fromEntries(flags.map(name => [name, flagOf(context, name) ?? now[name]]))
  return { ...now, ...wanted, windowMs }
}

function flagOf(context: Context<PageEnv>, name: string): boolean | null {
  const text = context.req.query(name)
  if (text === undefined) return null
  if (text !== 'true' && text !== 'false') throw invalid(`${name} must be true or false`)
  return text === 'true'
}

function numberOf(context: Context<PageEnv>, name: string, min: number, max: number): number | null {
  const text = context.req.query(name)
  if (text === undefined) return null
  const value = Number(text)
  if (!/^[0-9]{1,12}$/.test(text) || value < min || value > max)
    throw invalid(`${name} must be a whole number from ${min} to ${max}`)
  return value
}
