import { readFileSync } from 'node:fs'
import { readSignInNotices } from '../config/sign-in-notices-file.ts'
import { type Call, type Command, flag, requiredWord, textOption, UsageError } from './command.ts'
import { isRecord, operatorHelp, operatorOptions, rowsOf, table, withOperator } from './with-operator.ts'

/** `sekisho notices preview`: how many mails other settings would have meant, before they are switched on. */
export const noticesCommand: Command = {
  help: `usage: sekisho notices preview [--days N] [--settings FILE]
       sekisho notices preview [--days N] [--new-country] [--new-city] [--new-network] [--every] [--window 24h]
Replays the recorded sign-ins of the last N days (default: 7) and counts the mails: now, and with those settings.
  --settings FILE   YAML with the keys of signInNotices, alone or under that name; what it leaves out has its default
Sign-ins from devices that an account does not know are always told. Nothing is mailed and nothing is changed.
${operatorHelp}`,
  options: {
    ...operatorOptions,
    days: { type: 'string' },
    settings: { type: 'string' },
    'new-country': { type: 'boolean' },
    'new-city': { type: 'boolean' },
    'new-network': { type: 'boolean' },
    every: { type: 'boolean' },
    window: { type: 'string' },
  },
  run(call) {
    const act = requiredWord(call, 0, 'what to do')
    if (act !== 'preview') throw new UsageError(`there is no act "${act}"`)
    const query = new URLSearchParams({ days: textOption(call, 'days') ?? '7', ...settingsOf(call) })
    return withOperator(call, operator => operator.get(`/api/notices/preview?${query}`), print)
  },
}

const flagNames = { newCountry: 'new-country', newCity: 'new-city', newNetwork: 'new-network', every: 'every' } as const

function settingsOf(call: Call): Record<string, string> {
  const file = textOption(call, 'settings')
  const flags = Object.entries(flagNames).filter(([, option]) => flag(call, option))
  const window = textOption(call, 'window')
  if (file !== undefined && (flags.length > 0 || window !== undefined))
    throw new UsageError('either --settings or single settings')
  const read = readSignInNotices(file === undefined ? textOf(flags, window) : readText(file), file ?? '--window')
  if (read.kind === 'bad') throw new UsageError(read.problems.join('; '))
  const { windowMs, ...wanted } = read.settings
  // Flags add to what is configured; a file says all of it. The window stays the configured one unless it is named.
  const all = Object.fromEntries(Object.entries(wanted).map(([name, value]) => [name, String(value)]))
  if (file !== undefined) return { ...all, windowMs: String(windowMs) }
  const named = Object.fromEntries(flags.map(([name]) => [name, 'true']))
  return window === undefined ? named : { ...named, windowMs: String(windowMs) }
}

function textOf(flags: readonly (readonly [string, string])[], window: string | undefined): string {
  const lines = flags.map(([name]) => `${name}: true`)
  return [...lines, ...(window === undefined ? [] : [`window: ${JSON.stringify(window)}`])].join('\n')
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause))
  }
}

function print(body: unknown): readonly string[] {
  const mails = (which: string) => {
    const counted = isRecord(body) ? body[which] : undefined
    return isRecord(counted)
      ? { mails: Number(counted['mails']), most: Number(counted['perAccountMax']) }
      : { mails: 0, most: 0 }
  }
  const signIns = isRecord(body) ? Number(body['signIns']) : 0
  const [now, changed] = [mails('now'), mails('changed')]
  const cut =
    isRecord(body) && body['isCut'] === true ? ['Not all: there are more sign-ins than are replayed at a time.'] : []
  return [
    `would have mailed ${count(changed.mails)} of ${count(signIns)} sign-ins (now: ${count(now.mails)})`,
    `at most ${count(changed.most)} to one account (now: ${count(now.most)})`,
    ...cut,
    ...table(rowsOf(body, 'days'), ['day', 'signIns', 'now', 'changed']),
  ]
}

function count(value: number): string {
  return value.toLocaleString('en')
}
