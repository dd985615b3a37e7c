import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Account } from '../../src/people/account.ts'
import type { Organization } from '../../src/people/organization.ts'
import type { RuleChange } from '../../src/people/rule-changes.ts'
import type { Session } from '../../src/people/session.ts'
import type { Proof } from '../../src/policy/facts.ts'
import { type DurablePorts, heardDuring, type OpenStore } from './ports.ts'
import {
  aFactor,
  aNotice,
  anAttempt,
  anEntry,
  anOrganization,
  aTicket,
  aTrail,
  dayMs,
  hourMs,
  minuteMs,
  now,
  openRules,
  organizationId,
  storedAccount,
  storedChild,
  storedSession,
  unique,
} from './samples.ts'

const flag = { reason: 'leaked', at: now, by: 'mika', since: null }

export function describeRuleChanges(open: OpenStore): void {
  describe('changes of rules', () => {
    let store: DurablePorts
    let corp: Organization
    beforeEach(async () => {
      store = await open()
      corp = anOrganization()
      await store.organizations.create(corp, aTrail('organization_created'))
    })
    afterEach(() => store.close())

    const withSso = (organization: Organization): Organization => {
      const sso = { required: true, breakGlassEmails: ['glass@corp.test'] }
      return { ...organization, rules: { ...organization.rules, active: { ...openRules, sso } } }
    }
    const replace = (about: Partial<RuleChange> = {}) =>
      store.ruleChanges.replace(
        { organization: withSso(corp), from: corp.rules, ends: 'nothing', spares: [], ...about },
        aTrail('sso_confirmed', [], { organizationId: corp.id }),
      )
    const vouched = (organization = corp.id): Proof => ({ kind: 'saml', at: now, organization })
    const member = (about: Partial<Account> = {}) => storedAccount(store, { organizationId: corp.id, ...about })
    const isOpen = async ({ tokenHash }: Session) => (await store.sessions.findByTokenHash(tokenHash)) !== null

    /** Somebody with everything local that there is. */
    async function armed(about: Partial<Account> = {}) {
      const account = await member({ reset: flag, factors: [aFactor({ setAsideAt: now })], ...about })
      const session = await storedSession(store, account.id)
      const child = await storedChild(store, session)
      const attempt = anAttempt(account.id)
      await store.attempts.start(attempt, aTrail('sign_in_challenged'))
      const ticket = aTicket(account.id)
      await store.resetTickets.issue(ticket, aTrail('reset_mail_requested'))
      const handOver = {
        ...{ accountId: account.id, codeHash: unique('hand-over'), reason: 'lost' },
        ...{ by: { kind: 'operator', id: 'mika' } as const, issuedAt: now, expiresAt: now + hourMs },
      }
      await store.handOverCodes.issue(handOver, now - dayMs, aTrail('hand_over_issued'))
      const code = {
        ...{ subject: unique('subject'), purpose: 'sms_code' as const, accountId: account.id },
        ...{ hash: 'right', expiresAt: now + minuteMs, detail: null },
      }
      await store.oneTimeCodes.keep(code, aTrail('sign_in_challenged'))
      return {
        ...{ account, session, child },
        left: async () => ({
          session: await isOpen(session),
          child: await isOpen(child),
          attempt: (await store.attempts.findByTokenHash(attempt.tokenHash)) !== null,
          ticket: (await store.resetTickets.find(ticket.tokenHash, now)) !== null,
          handOver: (await store.handOverCodes.find(account.id, handOver.codeHash, now)) !== null,
          code: (await store.oneTimeCodes.find(code.subject, 'sms_code', now)) !== null,
          flag: (await store.accounts.find(account.id))?.reset !== null,
        }),
      }
    }
    const everything = {
      ...{ session: true, child: true, attempt: true, ticket: true, handOver: true, code: true, flag: true },
    }
    const nothing = Object.fromEntries(Object.keys(everything).map(name => [name, false]))

    test('are made when the rules are those that were looked at', async () => {
      expect(await replace()).toEqual({ sessions: 0, resets: 0 })
      expect(await store.organizations.find(corp.id)).toEqual(withSso(corp))
    })

    test('take a rule for the same that says nothing where the other leaves it out', async () => {
      const from = { ...corp.rules, active: { ...openRules, sso: { ...openRules.sso, grantableRoles: undefined } } }
      // because optional fields of a caller may be undefined at run time
      expect(await replace({ from: from as unknown as Organization['rules'] })).not.toBeNull()
    })

    test('from rules that are others by now change nothing, end nothing and leave no trace', async () => {
      const person = await armed()
      const changed = { ...corp, rules: { ...corp.rules, active: { ...openRules, devices: 'approved' as const } } }
      await store.organizations.change(changed, aTrail('organization_changed'))

      const heard = await heardDuring(store, async () => {
        expect(await replace({ ends: 'local' })).toBeNull()
      })

      expect(heard).toEqual([])
      expect(await store.organizations.find(corp.id)).toEqual(changed)
      expect(await person.left()).toEqual(everything)
      const rows = await store.audit.list({ limit: 100 })
      expect(rows.map(({ entry }) => entry.event)).not.toContain('sso_confirmed')
    })

    test('of an organization that is not there are none', async () => {
      const gone = { ...withSso(corp), id: organizationId() }
      expect(await replace({ organization: gone, ends: 'local' })).toBeNull()
    })

    test('of fifty who looked at the same rules one is made', async () => {
      const all = await Promise.all(Array.from({ length: 50 }, () => replace()))
      expect(all.filter(each => each !== null)).toHaveLength(1)
    })

    test('that end what is local end all of it, and what a reset has set aside stays so', async () => {
      const person = await armed()

      expect(await replace({ ends: 'local' })).toEqual({ sessions: 1, resets: 1 })

      expect(await person.left()).toEqual(nothing)
      const account = await store.accounts.find(person.account.id)
      expect(account).toMatchObject({ password: person.account.password, factors: [{ setAsideAt: now }] })
    })

    test('that end what is local spare who is named, however the name is written', async () => {
      const [named, other] = [await armed({ email: 'Glass@Corp.test' }), await armed({ email: 'xglass@corp.test' })]

      await replace({ ends: 'local', spares: ['gLASS@corp.test'] })

      expect(await named.left()).toEqual(everything)
      expect(await other.left()).toEqual(nothing)
    })

    test('that end what is local leave other organizations, nobody’s people, and who came through the provider', async () => {
      const elsewhere = anOrganization()
      await store.organizations.create(elsewhere, aTrail('organization_created'))
      const others = [await armed({ organizationId: elsewhere.id }), await armed({ organizationId: null })]
      const { id } = await member()
      const through = await storedSession(store, id, { proofs: [vouched()] })
      const foreign = await storedSession(store, id, { proofs: [vouched(elsewhere.id)] })

      expect(await replace({ ends: 'local' })).toEqual({ sessions: 1, resets: 0 })

      for (const other of others) expect(await other.left()).toEqual(everything)
      expect([await isOpen(through), await isOpen(foreign)]).toEqual([true, false])
    })

    test('that end what the provider vouched for end that alone, of everybody', async () => {
      const person = await armed({ email: 'glass@corp.test' })
      const through = await storedSession(store, person.account.id, { proofs: [vouched()] })
      const below = await storedChild(store, through)

      expect(await replace({ ends: 'provider', spares: ['glass@corp.test'] })).toEqual({ sessions: 1, resets: 0 })

      expect([await isOpen(through), await isOpen(below)]).toEqual([false, false])
      expect(await person.left()).toEqual(everything)
    })

    test('that end both end what the provider vouched for as well, of those too who keep their local ways', async () => {
      const [spared, person] = [await armed({ email: 'glass@corp.test' }), await armed()]
      const through = [spared, person].map(({ account }) => storedSession(store, account.id, { proofs: [vouched()] }))
      const sessions = await Promise.all(through)

      expect(await replace({ ends: 'both', spares: ['glass@corp.test'] })).toEqual({ sessions: 3, resets: 1 })

      expect(await Promise.all(sessions.map(isOpen))).toEqual([false, false])
      expect(await spared.left()).toEqual(everything)
      expect(await person.left()).toEqual(nothing)
    })

    test('that end nothing end nothing', async () => {
      const person = await armed()
      const through = await storedSession(store, person.account.id, { proofs: [vouched()] })
      expect(await replace()).toEqual({ sessions: 0, resets: 0 })
      expect(await person.left()).toEqual(everything)
      expect(await isOpen(through)).toBe(true)
    })

    test('are announced with every session that ended and every account that changed, so that open connections are cut', async () => {
      const person = await armed()
      const heard = await heardDuring(store, () => replace({ ends: 'local' }))
      expect(heard).toEqual([
        { kind: 'organization', id: corp.id },
        { kind: 'session', id: person.session.id },
        { kind: 'session', id: person.child.id },
        { kind: 'account', id: person.account.id },
      ])
    })

    test('leave one audit row that counts what ended, and their mails, in the same transaction', async () => {
      await armed()
      const mail = aNotice()
      const audit = anEntry('sso_confirmed', { organizationId: corp.id, facts: { slug: corp.slug } })
      const change = { organization: withSso(corp), from: corp.rules, ends: 'local' as const, spares: [] }
      await store.ruleChanges.replace(change, { audit, notices: [mail] })

      const rows = (await store.audit.list({ limit: 100 })).filter(({ entry }) => entry.event === 'sso_confirmed')
      expect(rows.map(({ entry }) => entry.facts)).toEqual([{ slug: corp.slug, sessions: 1, resets: 1 }])
      expect((await store.outbox.list('all', 50)).map(({ notice }) => notice)).toContainEqual(mail)
    })

    test('end more sessions than one statement may name', async () => {
      const { id } = await member()
      const roots: Session[] = []
      for (let i = 0; i < 501; i += 1) roots.push(await storedSession(store, id))

      expect(await replace({ ends: 'local' })).toEqual({ sessions: 501, resets: 0 })

      const left = await Promise.all(roots.map(isOpen))
      expect(left.filter(each => each)).toEqual([])
    })
  })
}
