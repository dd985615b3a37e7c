import type { ConfigurationInput } from '../../src/config/write.ts'
import type { AuditEvent } from '../../src/journal/audit.ts'
import type { Account } from '../../src/people/account.ts'
import { codeAt } from '../people/authenticator.ts'
import { createPortalVisitor, type PortalVisitor, type Reply } from './portal-visitor.ts'
import { readMail, sixDigits } from './race-mailbox.ts'
import {
  type Crowd,
  gatherCrowdOf,
  nextEmail,
  outcomeOf,
  provePassword,
  type RaceOutcome,
  type RaceTrack,
  sameBrowser,
  usesEach,
} from './races.ts'
import { createSoftwareKey, type Options } from './software-key.ts'

// Each of the things that are good for one use, used 50 times at once at two gateways. Codes are read where people read them.

export type SingleUse = (track: RaceTrack) => Promise<RaceOutcome>

/** Their codes are asked for by rules of organizations. */
export const racePolicies: Readonly<Record<string, ConfigurationInput>> = {
  mailing: { kind: 'organization', slug: 'mailing', name: 'Mailing', signIn: { emailedCodes: true } },
  careful: { kind: 'organization', slug: 'careful', name: 'Careful', signIn: { codeOnUnknownDevice: true } },
}

export const singleUses: Readonly<Record<string, SingleUse>> = {
  'text message': raceForTextMessage,
  'sign-in code': raceForSignInCode,
  'confirmation code': raceForConfirmationCode,
  'passkey assertion': raceForAssertion,
  'not me': raceForNotMe,
  'address code': track => changeAddress(track).then(({ outcome }) => outcome),
  'address undo': raceForUndo,
  'hand-over code': raceForHandOver,
}

const signedIn = (reply: Reply) => reply.location === '/account'

/** What a browser whose attempt has ended is told: to begin again. */
const wrongOrOver = (reply: Reply) => reply.status === 422 || reply.location?.startsWith('/sign-in?') === true

/** The same form, posted by one browser at each gateway so often. */
async function postAtOnce(
  { ports }: RaceTrack,
  { visitor, page, code }: Pick<Waiting, 'visitor' | 'page'> & { readonly code?: string },
  each = usesEach,
): Promise<readonly Reply[]> {
  return Promise.all(
    ports.flatMap(port => {
      const side = sameBrowser(visitor, port)
      const post = () =>
        code === undefined ? side.submit(page, {}, { action: '/not-me' }) : side.submit(page, { code })
      return Array.from({ length: each }, post)
    }),
  )
}

/** Ten backup codes last for a few crowds; each attempt bears four wrong ones. */
export async function gatherBackupCrowd(track: RaceTrack): Promise<Crowd> {
  const { deployment, books } = track
  const account = await books.addPerson(nextEmail('backup'))
  const secret = await books.addAuthenticator(account)
  const visitor = visitorAt(track)
  const asked = await provePassword(deployment, visitor, account.email)
  await visitor.submit(asked, { code: codeAt(secret, Date.now()) })
  const made = await visitor.post(`${deployment.portalOrigin}/account/backup-codes`, {})
  const codes = [...made.body.matchAll(/<code>([^<]+)<\/code>/g)].map(([, code]) => code ?? '').slice(0, 4)
  return gatherCrowdOf(track, account, () => codes.shift() ?? null)
}

async function raceForTextMessage(track: RaceTrack): Promise<RaceOutcome> {
  return raceInAttempts(track, async () => {
    const account = await track.books.addPerson(nextEmail('text'))
    const number = nextNumber()
    await track.books.addPhone(account, number)
    const visitor = visitorAt(track)
    const page = await provePassword(track.deployment, visitor, account.email)
    return { account, visitor, page, code: await readMail(track, number, sixDigits) }
  })
}

async function raceForConfirmationCode(track: RaceTrack): Promise<RaceOutcome> {
  return raceInAttempts(track, async () => {
    const account = await track.books.addPerson(nextEmail('confirmed'), 'careful')
    const visitor = visitorAt(track)
    const page = await provePassword(track.deployment, visitor, account.email)
    return { account, visitor, page, code: await readMail(track, account.email, sixDigits) }
  })
}

interface Waiting {
  readonly account: Account
  readonly visitor: PortalVisitor
  readonly page: Reply
  readonly code: string
}

/**
 * Of codes that belong to one attempt: as many at once as an attempt bears without ending (four), of which one wins; then 50 at once, which
 * end the next attempt: one wins or none, and what was answered is what is stored.
 */
async function raceInAttempts(track: RaceTrack, begin: () => Promise<Waiting>): Promise<RaceOutcome> {
  const few = await begin()
  const outcome = await opened(track, few.account, await postAtOnce(track, few, 2))
  const many = await begin()
  const flood = await opened(track, many.account, await postAtOnce(track, many))
  const strays = flood.won > 1 || flood.won !== flood.stored ? [`50 at once: ${JSON.stringify(flood)}`] : flood.others
  return { ...outcome, others: [...outcome.others, ...strays] }
}

async function raceForSignInCode(track: RaceTrack): Promise<RaceOutcome> {
  const account = await track.books.addPerson(nextEmail('mailed'), 'mailing')
  const visitor = visitorAt(track)
  const url = `${track.deployment.portalOrigin}/sign-in/code`
  const page = await visitor.post(url, { email: account.email })
  const code = await readMail(track, account.email, sixDigits)
  return opened(track, account, await postAtOnce(track, { visitor, page, code }))
}

async function raceForAssertion(track: RaceTrack): Promise<RaceOutcome> {
  const { portalOrigin } = track.deployment
  const account = await track.books.addPerson(nextEmail('passkey'))
  const owner = await signIn(track, account)
  const key = createSoftwareKey(portalOrigin)
  const created = key.create(await askOptions(owner, portalOrigin, 'enrol'))
  const added = await owner.post(`${portalOrigin}/account/passkeys/add`, { credential: created, label: 'Key' })
  if (added.location?.includes('said=factor_added') !== true) throw new Error(`no passkey: ${added.status}`)
  const visitor = visitorAt(track)
  const credential = key.answer(await askOptions(visitor, portalOrigin, 'sign_in'))
  const before = await track.books.times('session_opened', account.id)
  const replies = await Promise.all(
    track.ports.flatMap(port => {
      const side = sameBrowser(visitor, port)
      return Array.from({ length: usesEach }, () => side.post(`${portalOrigin}/sign-in/passkey`, { credential }))
    }),
  )
  const stored = (await track.books.times('session_opened', account.id)) - before
  return { ...outcomeOf(replies, signedIn, reply => reply.status === 422), stored }
}

/** The owner's page; the sign-in that it speaks of is another browser's. */
async function raceForNotMe(track: RaceTrack): Promise<RaceOutcome> {
  const account = await track.books.addPerson(nextEmail('owner'))
  await signIn(track, account)
  await signIn(track, account)
  const link = await readMail(track, account.email, /(http:\/\/[^\s"<]+\/not-me\/[\w-]{43})/)
  const { visitor, page } = await openLink(track, link)
  const replies = await postAtOnce(track, { visitor, page })
  return pressed(track, account, replies, { event: 'intrusion_reported', says: 'That sign-in is cut off.' })
}

async function raceForUndo(track: RaceTrack): Promise<RaceOutcome> {
  const { account, outcome } = await changeAddress(track)
  if (outcome.won !== 1) throw new Error('the address was not changed')
  const link = await readMail(track, account.email, /(http:\/\/[^\s"<]+\/put-back\/[\w-]{43})/)
  const { visitor, page } = await openLink(track, link)
  const replies = await postAtOnce(track, { visitor, page })
  return pressed(track, account, replies, { event: 'email_change_undone', says: 'The address was put back' })
}

async function changeAddress(track: RaceTrack): Promise<{ account: Account; outcome: RaceOutcome }> {
  const account = await track.books.addPerson(nextEmail('moving'))
  const visitor = await signIn(track, account)
  const wanted = nextEmail('moved')
  const form = await visitor.get(`${track.deployment.portalOrigin}/account/email`)
  const page = await visitor.follow(await visitor.submit(form, { email: wanted }))
  const code = await readMail(track, wanted, sixDigits)
  const replies = await postAtOnce(track, { visitor, page, code })
  const isWin = (reply: Reply) => reply.location === '/account?said=email_changed'
  const { email } = await track.books.account(account.id)
  const counted = outcomeOf(replies, isWin, wrongOrOver)
  const others = email === wanted ? counted.others : [...counted.others, `the address is ${email}`]
  const stored = await track.books.times('email_changed', account.id)
  return { account, outcome: { ...counted, others, stored } }
}

/** From code to password: each of 25 passes at each gateway was given for the one code, and brings another password. */
async function raceForHandOver(track: RaceTrack): Promise<RaceOutcome> {
  const { books, deployment, ports } = track
  const account = await books.addPerson(nextEmail('lost'))
  const code = await books.handOver(account)
  const runners = await Promise.all(
    ports.map(async port => {
      const visitor = createPortalVisitor({ port, address: nextAddress() })
      const form = await visitor.get(`${deployment.portalOrigin}/reset/hand-over`)
      return { visitor, page: await visitor.submit(form, { email: account.email, code }) }
    }),
  )
  const passwords = ports.map((_, side) =>
    Array.from({ length: usesEach }, (__, i) => `gate ${side} seat ${i} by the sea`),
  )
  const replies = await Promise.all(
    runners.flatMap(({ visitor, page }, side) =>
      (passwords[side] ?? []).map(password => visitor.submit(page, { password })),
    ),
  )
  const isWin = (reply: Reply) => reply.location === '/sign-in?said=reset'
  const winner = passwords.flat()[replies.findIndex(isWin)] ?? ''
  const { password } = await books.account(account.id)
  const isWinners = await books.passwords.verify(password?.hash ?? null, winner)
  const counted = outcomeOf(replies, isWin, reply => reply.status === 410)
  const others = isWinners ? counted.others : [...counted.others, 'the password is not the winner’s']
  return { ...counted, others, stored: await books.times('hand_over_used', account.id) }
}

async function opened(track: RaceTrack, account: Account, replies: readonly Reply[]): Promise<RaceOutcome> {
  const stored = await track.books.times('session_opened', account.id)
  return { ...outcomeOf(replies, signedIn, wrongOrOver), stored }
}

/** Everybody who presses sees that it is done; one of them did it. */
async function pressed(
  track: RaceTrack,
  account: Account,
  replies: readonly Reply[],
  { event, says }: { readonly event: AuditEvent; readonly says: string },
): Promise<RaceOutcome> {
  const isWin = (reply: Reply) => reply.status === 200 && reply.body.includes(says)
  const isLoss = (reply: Reply) => reply.status === 200 && reply.body.includes('This was done already.')
  return { ...outcomeOf(replies, isWin, isLoss), stored: await track.books.times(event, account.id) }
}

async function openLink(track: RaceTrack, link: string): Promise<{ visitor: PortalVisitor; page: Reply }> {
  const visitor = visitorAt(track)
  return { visitor, page: await visitor.follow(await visitor.get(link)) }
}

async function signIn(track: RaceTrack, { email }: Account): Promise<PortalVisitor> {
  const visitor = visitorAt(track)
  const page = await provePassword(track.deployment, visitor, email)
  if (page.url.pathname !== '/account') throw new Error(`${email} is not signed in: ${page.status} ${page.heading}`)
  return visitor
}

async function askOptions(visitor: PortalVisitor, origin: string, purpose: string): Promise<Options> {
  const headers = { Accept: 'application/json', 'Sec-Fetch-Mode': 'cors' }
  const reply = await visitor.post(`${origin}/passkeys/options`, { purpose }, { headers })
  return JSON.parse(reply.body) as Options // because the portal's own script reads it so
}

function visitorAt({ ports: [port = 0] }: RaceTrack): PortalVisitor {
  return createPortalVisitor({ port, address: nextAddress() })
}

let made = 0

/** A new one for each: no budget of an address comes into a race. */
function nextAddress(): string {
  made += 1
  return `198.18.${Math.floor(made / 250) % 250}.${(made % 250) + 1}`
}

function nextNumber(): string {
  made += 1
  return `+8190${String(10_000_000 + made)}`
}
