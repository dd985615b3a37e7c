import type { Context } from 'hono'
import type { PageEnv } from '../http/page-env.ts'
import { Fault } from '../lib/fault.ts'
import { parseInstant } from '../lib/instant.ts'
import { fieldValue } from '../lib/request-head.ts'
import type { Account, Accounts } from '../people/account.ts'
import { parseEmail } from '../people/email.ts'
import type { Organization, Organizations } from '../people/organization.ts'
import type { Origin } from '../people/origin.ts'
import { type Role, roles } from '../policy/facts.ts'

/** A JSON object as it came; each field is read by name and kind, unknown fields are refused by name. */
export interface Input {
  text(name: string): string
  optionalText(name: string): string | null
  list(name: string): readonly string[]
  optionalTime(name: string): number | null
  /** Refuses what was sent but never asked for: a misspelt field must not be ignored. */
  finish(): void
}

/** Half a million addresses. */
const bodyBytesMax = 16 * 1024 * 1024

export async function readInput(context: Context<PageEnv>): Promise<Input> {
  const text = await context.req.text()
  if (text.length > bodyBytesMax) throw new Fault('body_too_large')
  const record = parseObject(text)
  const asked = new Set<string>()
  const take = (name: string): unknown => {
    asked.add(name)
    return Object.hasOwn(record, name) ? record[name] : undefined
  }
  const optionalText = (name: string): string | null => {
    const value = take(name)
    if (value === undefined || value === null) return null
    if (typeof value !== 'string') throw invalid(`${name} must be a text`)
    return value
  }
  return {
    optionalText,
    text(name) {
      const value = optionalText(name)
      if (value === null || value.trim() === '') throw invalid(`${name} is needed`)
      return value
    },
    list(name) {
      const value = take(name)
      if (!Array.isArray(value) || !value.every(item => typeof item === 'string'))
        throw invalid(`${name} must be a list of texts`)
      return value
    },
    optionalTime(name) {
      const value = optionalText(name)
      return value === null ? null : parseTime(name, value)
    },
    finish() {
      const unknown = Object.keys(record).filter(name => !asked.has(name))
      if (unknown.length > 0) throw invalid(`unknown: ${unknown.join(', ')}`)
    },
  }
}

/**
 * Who acts, for the audit row. Over the socket it is the login name of the shell, as the CLI sends it. Over TCP the name is only what a
 * holder of the token calls himself: the row says so, and from where he came.
 */
export function operatorOrigin(context: Context<PageEnv>): Origin {
  const name = (fieldValue(context.env.head.headers, 'sekisho-operator') ?? 'operator')
    .replaceAll(/[^\w.@-]/g, '')
    .slice(0, 64)
  const byToken = context.get('byToken') === true
  return {
    actor: { kind: 'operator', id: `${byToken ? 'token:' : ''}${name || 'operator'}` },
    address: byToken ? context.env.head.client.address.text : null,
    receipt: null,
    device: 'operator',
  }
}

export async function accountByEmail(accounts: Accounts, email: string): Promise<Account> {
  const parsed = parseEmail(email)
  if (parsed === null) throw invalid(`${email} is not an e-mail address`)
  const account = await accounts.findByEmail(parsed.key)
  if (account === null) throw new Fault('not_found', { detail: `there is no account ${email}` })
  return account
}

export async function organizationBySlug(
  organizations: Pick<Organizations, 'findBySlug'>,
  slug: string,
): Promise<Organization> {
  const organization = await organizations.findBySlug(slug)
  if (organization === null) throw new Fault('not_found', { detail: `there is no organization ${slug}` })
  return organization
}

export function parseRoles(input: Input): readonly Role[] {
  const known: readonly string[] = roles
  return input.list('roles').map(text => {
    const role = roles.find(each => each === text)
    if (role === undefined) throw invalid(`${text} is not a role (${known.join(', ')})`)
    return role
  })
}

export function invalid(detail: string): Fault {
  return new Fault('invalid_input', { detail })
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {
    // told below, like every other body that is no object
  }
  throw invalid('the body must be a JSON object')
}

export function parseTime(name: string, text: string): number {
  const at = parseInstant(text)
  if (Number.isNaN(at)) throw invalid(`${name} must be a time with its zone, such as 2026-11-22T09:00:00Z`)
  return at
}
