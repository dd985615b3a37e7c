import { open, rename, rm } from 'node:fs/promises'
import { type Call, requiredOption, requiredWord, textOption, UsageError } from './command.ts'
import { cellOf, isRecord, rowsOf, table, withDownload, withOperator } from './with-operator.ts'

/** Options by which people are chosen from all. */
export const filterOptions = {
  organization: { type: 'string' },
  search: { type: 'string' },
  state: { type: 'string' },
  factor: { type: 'string' },
  'not-signed-in-since': { type: 'string' },
  held: { type: 'boolean' },
  leaked: { type: 'boolean' },
  limit: { type: 'string' },
  after: { type: 'string' },
  kind: { type: 'string' },
  out: { type: 'string' },
} as const

export const filterHelp = `
  [--organization SLUG] [--search TEXT] [--held] [--leaked]
  [--state suspended|invited|reset_required|held|not_signed_in|in_use]
  [--factor none|any|totp|sms_code|passkey] [--not-signed-in-since TIME]`

export function listUsers(call: Call): Promise<number> {
  const query = filterOf(call)
  for (const name of ['limit', 'after']) {
    const value = textOption(call, name)
    if (value !== undefined) query.set(name, value)
  }
  return withOperator(
    call,
    operator => operator.get(`/api/users?${query}`),
    body => [
      ...table(
        rowsOf(body, 'users').map(row => ({ ...row, sparePhone: row['sparePhone'] === true ? 'yes' : '-' })),
        ['email', 'name', 'organization', 'roles', 'state', 'factors', 'sparePhone', 'lastSignInAt'],
      ),
      ...(isRecord(body) && typeof body['next'] === 'string' ? [`there may be more: --after ${body['next']}`] : []),
    ],
  )
}

/** Three kinds of CSV, streamed: nobody holds the whole list, neither the gateway nor this command. */
export async function exportUsers(call: Call): Promise<number> {
  const query = filterOf(call)
  query.set('kind', requiredOption(call, 'kind'))
  const path = `/api/users/export?${query}`
  const file = textOption(call, 'out')
  if (file === undefined) return withDownload(call, path, toTerminal(call))
  const draft = `${file}.part`
  const target = await open(draft, 'w', 0o600)
  try {
    const code = await withDownload(call, path, async bytes => {
      if (bytes !== null) await target.write(bytes)
    })
    await target.close()
    // A list that broke off must not lie there under the name of a whole one.
    if (code === 0) await rename(draft, file)
    return code
  } finally {
    await target.close().catch(() => undefined)
    await rm(draft, { force: true })
  }
}

/** Line by line, each with the end that it has. */
function toTerminal({ terminal }: Call): (bytes: Uint8Array | null) => Promise<void> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let rest = ''
  return async bytes => {
    const lines = (rest + (bytes === null ? '' : decoder.decode(bytes, { stream: true }))).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) terminal.out(line)
  }
}

export function showUser(call: Call): Promise<number> {
  const email = requiredWord(call, 1, 'the e-mail address')
  return withOperator(call, operator => operator.get(`/api/users/show?email=${encodeURIComponent(email)}`), describe)
}

function describe(body: unknown): readonly string[] {
  if (!isRecord(body)) return [String(body)]
  const plain = Object.entries(body).filter(([name]) => !(name in sections))
  const facts = plain.map(([name, value]) => `${name}: ${cellOf(value)}`)
  const tables = Object.entries(sections).flatMap(([name, columns]) => {
    const rows = rowsOf(body, name)
    return rows.length === 0 ? ['', `${name}: none`] : ['', `${name}:`, ...table(rows, columns)]
  })
  return [...facts, ...tables]
}

const sections: Readonly<Record<string, readonly string[]>> = {
  factors: ['id', 'kind', 'label', 'spare', 'addedAt', 'setAsideAt'],
  sessions: ['id', 'openedAt', 'seenAt', 'address', 'methods', 'agent'],
  devices: ['id', 'label', 'address', 'approved', 'reported', 'lastSeenAt'],
  mails: ['createdAt', 'kind', 'to', 'channel', 'state', 'lastAnswer'],
}

function filterOf(call: Call): URLSearchParams {
  const query = new URLSearchParams()
  const texts = { organization: 'organization', search: 'search', state: 'state', factor: 'factor' }
  for (const [name, field] of Object.entries({ ...texts, 'not-signed-in-since': 'notSignedInSince' })) {
    const value = textOption(call, name)
    if (value === '') throw new UsageError(`--${name} is empty`)
    if (value !== undefined) query.set(field, value)
  }
  for (const name of ['held', 'leaked']) if (call.options[name] === true) query.set(name, 'true')
  return query
}
