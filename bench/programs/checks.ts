import { createHash, generateKeyPairSync, hash, sign } from 'node:crypto'
import { parseAddress } from '../../src/lib/address.ts'
import { compileNetworks, parseNetwork } from '../../src/lib/cidr.ts'

// What a gateway has to check, written as leanly as it goes, for the contenders that are not Sekisho: an address list of 10,000
// networks, a budget per address and per account, a session found by the hash of its token, a signed identity token from a cache.

const sessionCount = 100_000

export interface Session {
  readonly name: string
  readonly account: { tat: number; resetRequired: boolean }
  readonly endsAt: number
  token: string
  tokenEndsAt: number
}

/** The cookie of the n-th person. */
export function tokenOf(n: number): string {
  return createHash('sha256').update(`bench${n}`).digest('base64url')
}

/** The session, or the status to refuse with. */
export function check(cookie: string | undefined, address: string): Session | 401 | 403 | 429 {
  const now = Date.now()
  if (!isAllowed(address)) return 403
  const budget = budgets.get(address) ?? { tat: 0 }
  if (budget.tat === 0) budgets.set(address, budget)
  if (!take(budget, now)) return 429
  const session = sessions.get(hash('sha256', readCookie(cookie ?? ''), 'base64'))
  if (session === undefined || session.endsAt < now) return 401
  if (session.account.resetRequired) return 403
  if (!take(session.account, now)) return 429
  if (session.tokenEndsAt - now < 30_000) renew(session, now)
  return session
}

/** The `Cookie` field without the one of the session. */
export function withoutSession(cookies: string): string {
  return cookies
    .split('; ')
    .filter(pair => !pair.startsWith('sid='))
    .join('; ')
}

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const budgets = new Map<string, { tat: number }>()
const sessions = new Map<string, Session>()
const accounts = Array.from({ length: 1000 }, () => ({ tat: 0, resetRequired: false }))
for (let n = 0; n < sessionCount; n++) {
  const account = accounts[n % 1000]
  if (account === undefined) continue
  const endsAt = Date.now() + 86_400_000
  sessions.set(hash('sha256', tokenOf(n), 'base64'), { name: `user${n}`, account, endsAt, token: '', tokenEndsAt: 0 })
}

const texts = Array.from({ length: 10_000 }, (_, i) => `${11 + (i % 100)}.${(i * 7) & 255}.${(i >> 8) * 4}.0/24`)
const networks = compileNetworks([...texts, '127.0.0.0/8'].flatMap(text => parseNetwork(text) ?? []))
const judged = new Map<string, boolean>()

function isAllowed(text: string): boolean {
  const before = judged.get(text)
  if (before !== undefined) return before
  const address = parseAddress(text)
  const allowed = address !== null && networks.find(address) >= 0
  if (judged.size < 10_000) judged.set(text, allowed)
  return allowed
}

/** GCRA: ten million in a second, all at once. */
function take(budget: { tat: number }, now: number): boolean {
  const from = budget.tat > now ? budget.tat : now
  if (from + step - now > step * 1e7) return false
  budget.tat = from + step
  return true
}
const step = 1e-4

function readCookie(cookies: string): string {
  const at = cookies.startsWith('sid=') ? 0 : cookies.indexOf('; sid=') + 2
  if (at === 1) return ''
  const end = cookies.indexOf(';', at)
  return cookies.slice(at + 4, end < 0 ? undefined : end)
}

function renew(session: Session, now: number): void {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const issuedAt = Math.floor(now / 1000)
  const claims = { iss: 'https://gateway.example', aud: 'app', sub: session.name, iat: issuedAt, exp: issuedAt + 300 }
  const text = `${encode({ alg: 'ES256', typ: 'JWT', kid: 'k1' })}.${encode(claims)}`
  const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  session.token = `${text}.${signature.toString('base64url')}`
  session.tokenEndsAt = now + 300_000
}
