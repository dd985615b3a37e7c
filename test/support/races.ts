import type { Account } from '../../src/people/account.ts'
import { codeAt } from '../people/authenticator.ts'
import { type Books, seededPassword } from './books.ts'
import type { Deployment } from './deployment.ts'
import { createPortalVisitor, type PortalVisitor, type Reply } from './portal-visitor.ts'

// Things that are good for one use, used by many browsers at once at two gateways on one store. Who won is read from the answers, and
// counted once more in the store.

export interface RaceTrack {
  readonly deployment: Deployment
  readonly books: Books
  /** Of the gateways, one after the other. */
  readonly ports: readonly number[]
}

/** What came of one race. `others` has to be empty: answers that nobody foresaw. */
export interface RaceOutcome {
  readonly won: number
  readonly lost: number
  /** Turned away because too many passwords waited: no success, and no answer about the thing itself. */
  readonly busy: number
  readonly others: readonly string[]
  /** Successes by the store's own count. */
  readonly stored: number
}

export const usesEach = 25
let made = 0

/** A new name for each race: nothing of one is left for the next. */
export function nextEmail(purpose: string): string {
  made += 1
  return `${purpose}${made}@race.example`
}

/** One ticket, posted 25 times at each gateway, each time with another password. */
export async function raceForTicket(
  { deployment, books, ports }: RaceTrack,
  purpose: 'reset' | 'invitation',
): Promise<RaceOutcome> {
  const email = nextEmail('ticket')
  const account = await (purpose === 'reset' ? books.addPerson(email) : books.addInvited(email))
  const ticket = await (purpose === 'reset' ? books.requireReset(account) : books.invite(account))
  const runners = await Promise.all(ports.map(port => openTicket(deployment, port, ticket)))
  const passwords = runners.map((_, side) =>
    Array.from({ length: usesEach }, (__, i) => `gate ${side} seat ${i} under the plum tree`),
  )

  const replies = await Promise.all(
    runners.flatMap(({ visitor, page }, side) =>
      (passwords[side] ?? []).map(password => visitor.submit(page, { password })),
    ),
  )

  const isWin = (reply: Reply) => reply.location === '/sign-in?said=reset'
  const winner = passwords.flat()[replies.findIndex(isWin)]
  const { password, reset } = await books.account(account.id)
  const isWinners = winner !== undefined && (await books.passwords.verify(password?.hash ?? null, winner))
  const strays = [
    ...(isWinners ? [] : ['the password is not the winner’s']),
    ...(reset === null ? [] : ['still flagged']),
  ]
  const outcome = outcomeOf(replies, isWin, reply => reply.status === 410)
  return {
    ...outcome,
    others: [...outcome.others, ...strays],
    stored: await books.times('reset_completed', account.id),
  }
}

async function openTicket(deployment: Deployment, port: number, ticket: string): Promise<Member> {
  const visitor = createPortalVisitor({ port })
  const page = await visitor.follow(await visitor.get(`${deployment.portalOrigin}/reset/${ticket}`))
  return { port, visitor, page }
}

/** One account with several authenticator apps, and 50 browsers that have all proved its password. */
export interface Crowd {
  /** The next app's code, typed by all at once; null when every app has had its turn. */
  race(): Promise<RaceOutcome | null>
}

// An attempt bears four wrong codes; so a crowd types four before its passwords have to be proved (and hashed) anew.
const appsEach = 4

export async function gatherCrowd(track: RaceTrack): Promise<Crowd> {
  const account = await track.books.addPerson(nextEmail('code'))
  const secrets = await addApps(track.books, account)
  return gatherCrowdOf(track, account, () => {
    const secret = secrets.shift()
    return secret === undefined ? null : codeAt(secret, Date.now())
  })
}

/** The same for codes of another kind, as long as there are any. */
export async function gatherCrowdOf(
  { deployment, books, ports }: RaceTrack,
  account: Account,
  nextCode: () => string | null,
): Promise<Crowd> {
  const gather = async (port: number): Promise<Member> => {
    const visitor = createPortalVisitor({ port })
    return { port, visitor, page: await provePassword(deployment, visitor, account.email) }
  }
  // Few at a time: what waits for a password's hash in one process is bounded.
  let members = await inTurns(Array.from({ length: usesEach }, () => ports).flat(), 8, gather)
  return {
    async race() {
      const code = nextCode()
      if (code === null) return null
      const opened = await books.times('session_opened', account.id)
      const replies = await Promise.all(members.map(({ visitor, page }) => visitor.submit(page, { code })))
      const isWin = (reply: Reply) => reply.location === '/account'
      members = await Promise.all(
        members.map(async (member, i) => {
          const page = replies[i]
          return page === undefined || isWin(page) ? gather(member.port) : { ...member, page }
        }),
      )
      const isLoss = (reply: Reply) => reply.status === 422 && reply.heading === 'Enter your code'
      const stored = (await books.times('session_opened', account.id)) - opened
      return { ...outcomeOf(replies, isWin, isLoss), stored }
    },
  }
}

interface Member {
  readonly port: number
  readonly visitor: PortalVisitor
  /** With the form that is about to be sent. */
  readonly page: Reply
}

/** Apps whose codes of the next minutes are all different: a code must not be good for two of them by chance. */
async function addApps(books: Books, account: Account): Promise<string[]> {
  const secrets: string[] = []
  const seen = new Set<string>()
  while (secrets.length < appsEach) {
    const secret = await books.addAuthenticator(account)
    const codes = Array.from({ length: 20 }, (_, step) => codeAt(secret, Date.now() + (step - 2) * 30_000))
    // One that is left out stays with the account: its codes are never typed, and those of the others are held against it as well.
    if (codes.every(code => !seen.has(code))) secrets.push(secret)
    for (const code of codes) seen.add(code)
  }
  return secrets
}

export async function provePassword(deployment: Deployment, visitor: PortalVisitor, email: string): Promise<Reply> {
  const first = await visitor.get(`${deployment.portalOrigin}/sign-in`)
  const second = await visitor.submit(first, { email })
  return visitor.follow(await visitor.submit(second, { password: seededPassword }))
}

/** Somebody who is signed in on the portal, and asks for one join code after the other. */
export interface Joiner {
  race(): Promise<RaceOutcome>
}

export async function signInJoiner({ deployment, books, ports }: RaceTrack): Promise<Joiner> {
  const { portalOrigin, appOrigin } = deployment
  const [port = 0] = ports
  const account = await books.addPerson(nextEmail('join'))
  const visitor = createPortalVisitor({ port })
  await provePassword(deployment, visitor, account.email)
  return {
    async race() {
      const children = () => books.count('sessions', 'account_id = ? and id <> root_id', account.id)
      const before = children()
      const start = await visitor.get(`${appOrigin}/.sekisho/start?return=/room`)
      const join = await visitor.get(start.location ?? '')
      if (join.location?.startsWith(`${appOrigin}/.sekisho/join?`) !== true)
        throw new Error(`no join code: ${join.status} ${join.location} from ${portalOrigin}`)
      const { location } = join
      const replies = await Promise.all(
        ports.flatMap(each => {
          const side = sameBrowser(visitor, each)
          return Array.from({ length: usesEach }, () => side.get(location))
        }),
      )
      const isWin = (reply: Reply) => reply.location === '/room' && reply.setCookies.some(isSession)
      const isLoss = (reply: Reply) => reply.location?.includes('/.sekisho/start?') === true
      return { ...outcomeOf(replies, isWin, isLoss), stored: children() - before }
    },
  }
}

const isSession = (line: string) => line.startsWith('sekisho=')

/** The same cookies, led to another gateway by the load balancer. */
export function sameBrowser(visitor: PortalVisitor, port: number): PortalVisitor {
  const other = createPortalVisitor({ port })
  for (const [host, cookies] of visitor.jar) other.jar.set(host, new Map(cookies))
  return other
}

export function outcomeOf(
  replies: readonly Reply[],
  isWin: (reply: Reply) => boolean,
  isLoss: (reply: Reply) => boolean,
): Omit<RaceOutcome, 'stored'> {
  const isBusy = (reply: Reply) => reply.status === 503
  const others = replies.filter(reply => !isWin(reply) && !isLoss(reply) && !isBusy(reply))
  return {
    won: replies.filter(isWin).length,
    lost: replies.filter(isLoss).length,
    busy: replies.filter(isBusy).length,
    others: others.map(({ status, heading, location }) => `${status} ${location ?? heading}`),
  }
}

/** Runs a work for each, so many at a time, and keeps their order. */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const waiting = items.entries()
  const lane = async () => {
    for (const [i, item] of waiting) results[i] = await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  return results
}
