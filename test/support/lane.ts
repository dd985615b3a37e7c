import type { Caution } from '../../src/limits/caution.ts'
import type { Stuffing } from '../../src/limits/stuffing.ts'
import { portalHost } from './portal-flows.ts'
import { type HarnessOptions, operator, type PortalHarness, startPortal } from './portal-harness.ts'
import { accountOf, addApp, addOrganization, addPerson, goodPassword } from './portal-people.ts'
import { createPortalVisitor, type PortalVisitor, type Reply, type VisitorOptions } from './portal-visitor.ts'

// The suspicious lane with the detection's word given by the test.

export interface LanePortal {
  readonly portal: PortalHarness
  /** What tries from unknown devices are met with from now on. */
  meet(caution: Caution, delayMs?: number): void
  /** How many tries it was asked about. */
  readonly judged: number
}

export async function startLane(options: HarnessOptions = {}): Promise<LanePortal> {
  const quiet = { caution: 'none', delayMs: 0 } as const
  let said: { caution: Caution; delayMs: number } = quiet
  let judged = 0
  const judge: Stuffing['judge'] = ({ deviceLane }) => {
    judged++
    return deviceLane === 'known-device' ? quiet : said
  }
  const portal = await startPortal({
    ...options,
    defence: { stuffing: { judge, record: () => {}, confirm: () => {} }, threat: () => 'threat:7', ...options.defence },
  })
  return {
    portal,
    meet(caution, delayMs = 0) {
      said = { caution, delayMs }
    },
    get judged() {
      return judged
    },
  }
}

/** Everybody whose state must not be told apart, really in that state; each has `goodPassword`, where it can have one. */
export async function addEveryKind(portal: PortalHarness, domain: string): Promise<readonly string[]> {
  const sso = await addOrganization(portal, `Sso ${domain.replaceAll('.', '-')}`.replaceAll(' ', '-'), {
    sso: { required: true, breakGlassEmails: [] },
  })
  const names = ['plain', 'sso', 'suspended', 'flagged', 'held', 'app']
  for (const name of names) await addPerson(portal, `${name}@${domain}`, name === 'sso' ? { organization: sso } : {})
  await portal.people.suspend(await accountOf(portal, `suspended@${domain}`), operator)
  const flagged = await accountOf(portal, `flagged@${domain}`)
  await portal.resets.require(flagged, { reason: 'leak', since: null }, operator)
  await addApp(portal, `app@${domain}`)
  await portal.signIn.hold(await accountOf(portal, `held@${domain}`), 'threat:1', operator)
  return [...names, 'nobody'].map(name => `${name}@${domain}`)
}

export function stranger(portal: PortalHarness, about: Partial<VisitorOptions> = {}): PortalVisitor {
  return createPortalVisitor({ port: portal.port, address: anAddress(), ...about })
}

let addresses = 0
/** A new one for each, so that no address's budget comes into it. */
export function anAddress(): string {
  addresses++
  return `203.0.${Math.floor(addresses / 250) % 250}.${(addresses % 250) + 1}`
}

export function typePassword(
  { portalOrigin }: PortalHarness,
  visitor: PortalVisitor,
  email: string,
  password = goodPassword,
): Promise<Reply> {
  return visitor.post(`${portalOrigin}/sign-in`, { email, password })
}

/** A reply without what chance made: its attempt's id, its tokens, the receipt; and with the name that was typed taken out. */
export function plain(reply: Reply, email: string): object {
  const cover = (text: string) =>
    text
      .replaceAll(email, '(name)')
      .replaceAll(/name="attempt" value="[^"]+"/g, 'name="attempt" value="…"')
      .replaceAll(/<code>[0-9a-z-]{8,}<\/code>/g, '<code>…</code>')
  const cookieOf = (line: string) => line.replace(/=([^;]*)/, (_, value: string) => `=(${value.length})`)
  return {
    status: reply.status,
    location: reply.location,
    body: cover(reply.body),
    fields: Object.keys(reply.headers).toSorted(),
    length: reply.headers['content-length'] === undefined ? 'none' : cover(reply.body).length,
    cookies: reply.setCookies.map(cookieOf),
  }
}

export function attemptCookie(visitor: PortalVisitor): string | undefined {
  return visitor.cookie(portalHost, 'sekisho-attempt')
}

/** Kinds of the mails that went to an address, in order. */
export async function mailsTo(portal: PortalHarness, email: string) {
  await portal.deliver()
  return portal.mailbox
    .list()
    .filter(mail => mail.to === email)
    .toReversed()
}
