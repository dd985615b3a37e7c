import type { Account } from '../../src/people/account.ts'
import { parseEmail } from '../../src/people/email.ts'
import type { AccountId } from '../../src/policy/facts.ts'
import { byTest, startGateway, type TestGateway } from '../support/gateway.ts'
import { createPortalVisitor, type PortalVisitor, type VisitorOptions } from '../support/portal-visitor.ts'
import { createTestClock, type TestClock } from '../support/test-clock.ts'

// A gateway with the people whose accounts are attacked: the whole of it in this process, behind a proxy that tells it addresses, with a
// clock that the drill moves and hashes that cost next to nothing. No list of leaked passwords: the detection has to do without. Nobody
// is made to wait: that would only help.

export interface Town extends AsyncDisposable {
  readonly gateway: TestGateway
  readonly clock: TestClock
  /** Puts accounts into the store, all with this password, as if they had been there for long. */
  settle(emails: readonly string[], password: string): Promise<void>
  visitor(about: Partial<VisitorOptions>): PortalVisitor
  /** How many mails of the kinds went to each address. */
  mails(kinds: readonly string[]): Promise<ReadonlyMap<string, number>>
  heldEmails(): Promise<ReadonlySet<string>>
}

export async function openTown(): Promise<Town> {
  const clock = createTestClock()
  const gateway = await startGateway({
    clock,
    upstream: 'http://127.0.0.1:9',
    policies: {
      routes: {
        kind: 'routes',
        routes: [{ name: 'app', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'public' }],
      },
    },
    gateway: {
      trustedProxies: { networks: ['127.0.0.1/32'] },
      passwords: { cost: { memory: '8KiB', passes: 1 } },
      limits: { stuffing: { delayMax: 'never' } },
    },
  })
  const { store } = gateway.running.gateway.rooms
  return {
    gateway,
    clock,
    settle: (emails, password) => settle(gateway, clock, emails, password),
    visitor: about => createPortalVisitor({ port: gateway.port, ...about }),
    async mails(kinds) {
      const counts = new Map<string, number>()
      for (const { notice } of await store.outbox.list('all', 1_000_000))
        if (kinds.includes(notice.kind)) counts.set(notice.to, (counts.get(notice.to) ?? 0) + 1)
      return counts
    },
    async heldEmails() {
      const held: Account[] = []
      for (;;) {
        const last = held.at(-1)
        const page = await store.accounts.list({ held: true, limit: 1_000, ...(last && { after: last.id }) })
        held.push(...page)
        if (page.length < 1_000) return new Set(held.map(({ email }) => email))
      }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(gateway[Symbol.asyncDispose]()),
  }
}

/** One hash for all: what a hash is like is not what this is about. */
async function settle(
  gateway: TestGateway,
  clock: TestClock,
  emails: readonly string[],
  password: string,
): Promise<void> {
  const { store } = gateway.running.gateway.rooms
  const [first = '', ...others] = emails
  const model = await gateway.addPerson({ email: first, password })
  for (const [i, email] of others.entries()) {
    const parsed = parseEmail(email)
    if (parsed === null) throw new Error(email)
    const id = `${model.id}-${i}` as AccountId // because it is one of a kind by the model's
    const account = { ...model, id, email: parsed.email, emailKey: parsed.key }
    const at = clock.now()
    const audit = { event: 'account_created' as const, at, actor: byTest.actor, accountId: id, organizationId: null }
    await store.accounts.create(account, { audit: { ...audit, address: null, receipt: null, facts: {} }, notices: [] })
  }
}
