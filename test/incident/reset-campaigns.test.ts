import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Wanted } from '../../src/incident/choosing.ts'
import { createResetCampaigns, type ResetCampaigns } from '../../src/incident/reset-campaigns.ts'
import type { AuditEvent } from '../../src/journal/audit.ts'
import { secureRandom } from '../../src/lib/random.ts'
import type { Account } from '../../src/people/account.ts'
import { createDirectory } from '../../src/people/directory.ts'
import { openSqliteStore, type SqliteStore } from '../../src/stores/sqlite/client.ts'
import {
  anEntry,
  anOrganization,
  aTrail,
  dayMs,
  emailKey,
  openRules,
  storedAccount,
  storedSession,
  unique,
} from '../contracts/samples.ts'
import { auditKey, tempFolder } from '../stores/temp-folder.ts'
import { createTestClock, type TestClock } from '../support/test-clock.ts'

const by = { actor: { kind: 'operator', id: 'mika' }, address: null, receipt: null, device: 'CLI' } as const
const about = { reason: 'passwords leaked', approvedBy: 'rin', since: null }
const nobodyWanted: Wanted = {
  match: 'any',
  everyone: false,
  csv: null,
  organizations: [],
  signedIn: null,
  passwordLeaked: false,
  held: false,
}

describe('reset campaigns', () => {
  const folder = tempFolder()
  let clock: TestClock
  let file = ''
  let store: SqliteStore
  let campaigns: ResetCampaigns
  const closing: (() => unknown)[] = []

  const openOne = (worker: string, over: SqliteStore): ResetCampaigns => {
    const { accounts, organizations, devices, changes, audit } = over
    const directory = createDirectory({ accounts, organizations, devices, changes, clock })
    closing.push(() => directory.close())
    return createResetCampaigns({
      ...{ store: over.campaigns, organizations, directory, audit, clock, random: secureRandom, worker },
      resetUrl: email => `https://auth.test/reset?email=${encodeURIComponent(email)}`,
      trouble: cause => {
        throw cause
      },
    })
  }
  beforeEach(async () => {
    clock = createTestClock()
    // There is no other process on this file that a moved clock would have to hear.
    file = folder.file(`${unique('c')}.db`)
    store = await openSqliteStore({ file, auditKey, clock: { ...clock, every: () => () => {} } })
    campaigns = openOne('one', store)
  })
  afterEach(async () => {
    for (const close of closing.splice(0)) close()
    await store.close()
  })

  const person = (email: string, more: Partial<Account> = {}) =>
    storedAccount(store, { email, emailKey: emailKey(email.toLowerCase()), ...more })
  const plan = (wanted: Partial<Wanted>) => campaigns.plan({ ...nobodyWanted, ...wanted }, by)
  const run = async (wanted: Partial<Wanted>, how: Partial<typeof about> = {}) => {
    const { id } = await plan(wanted)
    await campaigns.start(id, { ...about, ...how }, by)
    await campaigns.drive(1_000)
    return id
  }
  const events = async () => (await store.audit.list({ limit: 1_000 })).map(({ entry }) => entry.event)
  const flagOf = async ({ id }: Account) => (await store.accounts.find(id))?.reset ?? null

  test('a plan counts, names the excluded with their reasons, and changes nothing about anybody', async () => {
    const sso = anOrganization({
      rules: {
        active: { ...openRules, sso: { required: true, breakGlassEmails: ['glass@x.example'] } },
        previous: null,
        revertAt: null,
        confirmedAt: null,
      },
    })
    await store.organizations.create(sso, aTrail('organization_created'))
    const anna = await person('anna@x.example')
    await storedSession(store, anna.id)
    await person('sam@x.example', { organizationId: sso.id })
    await person('glass@x.example', { organizationId: sso.id })
    await person('new@x.example', { state: 'invited', password: null })
    await person('away@x.example', { state: 'suspended' })
    const flagged = await person('flagged@x.example')
    await store.accounts.markForReset(
      flagged.id,
      { reason: 'x', at: 1, by: 'operator', since: null },
      null,
      aTrail('reset_required'),
    )
    const csv =
      'email\r\nAnna@X.example\r\nsam@x.example\r\nnew@x.example\r\nglass@x.example\r\naway@x.example\r\nflagged@x.example\r\nghost@x.example\r\nnonsense\r\nanna@x.example\r\n'

    const found = await plan({ csv })

    expect(found.counts).toEqual({
      selected: 6,
      chosen: 4,
      alreadyFlagged: 1,
      suspended: 1,
      excluded: { sso: 1, invited: 1, deleted: 0 },
    })
    expect(found.excludedSample).toEqual(
      expect.arrayContaining([
        { email: 'sam@x.example', why: 'sso' },
        { email: 'new@x.example', why: 'invited' },
      ]),
    )
    expect(found.problems).toEqual([
      { line: 8, text: 'ghost@x.example', why: 'no such account' },
      { line: 9, text: 'nonsense', why: 'not an e-mail address' },
      { line: 10, text: 'anna@x.example', why: 'listed before' },
    ])
    expect(await flagOf(anna)).toBeNull()
    expect(await store.sessions.listOf(anna.id)).toHaveLength(1)
    expect(await store.outbox.list('all', 10)).toEqual([])
  })

  test('people are chosen by organization, leak, hold and sign-ins from networks; any unites, all intersects', async () => {
    const acme = anOrganization({ slug: 'acme' })
    await store.organizations.create(acme, aTrail('organization_created'))
    const leaked = { passwordLeak: { checkedAt: 1, count: 3 } }
    const one = await person('one@x.example', { organizationId: acme.id, ...leaked })
    const two = await person('two@x.example', { organizationId: acme.id, passwordLeak: { checkedAt: 1, count: 0 } })
    const three = await person('three@x.example', { ...leaked, held: { at: 1, cause: 'stuffing' } })
    const signedIn = async (account: Account, event: AuditEvent, address: string, at: number) =>
      store.audit.append(anEntry(event, { accountId: account.id, address, at }))
    await signedIn(one, 'session_opened', '203.0.113.9', 500)
    await signedIn(two, 'session_opened', '203.0.113.9', 5_000)
    await signedIn(three, 'account_held', '2001:db8::1', 500)
    await signedIn(two, 'sign_in_refused', '203.0.113.9', 500)
    const evidence = { networks: ['203.0.113.0/24', '2001:db8::/32'], from: 0, until: 1_000, includeRefused: false }
    const names = async (wanted: Partial<Wanted>) =>
      (await plan(wanted)).sample.map(email => email.replace(/@.*/, '')).toSorted()

    expect(await names({ organizations: ['acme'] })).toEqual(['one', 'two'])
    expect(await names({ passwordLeaked: true })).toEqual(['one', 'three'])
    expect(await names({ held: true })).toEqual(['three'])
    expect(await names({ everyone: true })).toEqual(['one', 'three', 'two'])
    expect(await names({ signedIn: evidence })).toEqual(['one', 'three'])
    expect(await names({ signedIn: { ...evidence, includeRefused: true } })).toEqual(['one', 'three', 'two'])
    expect(await names({ organizations: ['acme'], passwordLeaked: true })).toEqual(['one', 'three', 'two'])
    expect(await names({ match: 'all', organizations: ['acme'], passwordLeaked: true, signedIn: evidence })).toEqual([
      'one',
    ])
    await expect(plan({})).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(plan({ organizations: ['nowhere'] })).rejects.toThrow('nowhere')
    await expect(plan({ signedIn: { ...evidence, networks: ['203.0.113.1/24'] } })).rejects.toThrow('203.0.113.1/24')
  })

  test('exactly the planned people are flagged: nobody who came later, whatever became of addresses', async () => {
    const anna = await person('anna@x.example')
    const { id } = await plan({ everyone: true })
    const late = await person('late@x.example')

    await campaigns.start(id, about, by)
    await campaigns.drive(1_000)

    expect(await flagOf(anna)).toMatchObject({ reason: 'passwords leaked', by: `campaign ${id}` })
    expect(await flagOf(late)).toBeNull()
    const { campaign } = await campaigns.status(id)
    expect(campaign).toMatchObject({
      state: 'finished',
      start: { by: 'mika', approvedBy: 'rin' },
      done: { flagged: 1 },
    })
    expect(await events()).toEqual(
      expect.arrayContaining(['campaign_planned', 'campaign_started', 'reset_required', 'campaign_finished']),
    )
  })

  test('the mail leads to the page that gives a ticket and carries none itself; suspended people get none', async () => {
    await person('anna+tag@x.example', { language: 'ja' })
    await person('moved@x.example', { formerEmail: { email: 'old@x.example', undoUntil: clock.now() + dayMs } })
    const away = await person('away@x.example', { state: 'suspended' })

    await run({ everyone: true })

    const mails = (await store.outbox.list('all', 10)).map(({ notice }) => notice)
    expect(mails.map(({ to }) => to).toSorted()).toEqual(['anna+tag@x.example', 'old@x.example'])
    expect(mails.find(({ language }) => language === 'ja')).toMatchObject({
      kind: 'reset_campaign',
      facts: { reason: 'passwords leaked', resetUrl: 'https://auth.test/reset?email=anna%2Btag%40x.example' },
    })
    expect(JSON.stringify(mails)).not.toContain('/reset/')
    expect(await flagOf(away)).not.toBeNull()
  })

  test('single sign-on that was switched on after the plan is respected: skipped, with the reason', async () => {
    const acme = anOrganization()
    await store.organizations.create(acme, aTrail('organization_created'))
    const anna = await person('anna@x.example', { organizationId: acme.id })
    const { id } = await plan({ everyone: true })
    const sso = { ...openRules, sso: { required: true, breakGlassEmails: [] } }
    await store.organizations.change({ ...acme, rules: { ...acme.rules, active: sso } }, aTrail('organization_changed'))

    await campaigns.start(id, about, by)
    await campaigns.drive(1_000)

    expect(await flagOf(anna)).toBeNull()
    expect((await store.campaigns.people(id, 0, 10))[0]).toMatchObject({ state: 'skipped', why: 'sso' })
  })

  test('two processes drive two overlapping campaigns: each person flagged once, mailed once, in both ledgers', async () => {
    await Promise.all(Array.from({ length: 250 }, (_, i) => person(`p${i}@x.example`)))
    await using other = await openSqliteStore({ file, auditKey, clock: { ...clock, every: () => () => {} } })
    const rival = openOne('two', other)
    const [first, second] = [await plan({ everyone: true }), await plan({ everyone: true })]
    for (const { id } of [first, second]) await campaigns.start(id, about, by)

    await Promise.all([campaigns.drive(1_000), rival.drive(1_000)])
    // Whoever met the other's lease has gone home: the next look finds what is left.
    await campaigns.drive(1_000)

    const states = await Promise.all([first, second].map(({ id }) => campaigns.status(id)))
    const done = states.map(({ campaign }) => campaign.done)
    expect(states.map(({ campaign }) => campaign.state)).toEqual(['finished', 'finished'])
    expect(done.map(each => each.flagged + each.already)).toEqual([250, 250])
    expect(done.reduce((sum, each) => sum + each.flagged, 0)).toBe(250)
    expect(await store.outbox.list('all', 1_000)).toHaveLength(250)
    expect((await events()).filter(event => event === 'reset_required')).toHaveLength(250)
  })

  test('a pause stops it, a resume goes on, an abort leaves what was done and says how much that was', async () => {
    await Promise.all(Array.from({ length: 250 }, (_, i) => person(`p${i}@x.example`)))
    const { id } = await plan({ everyone: true })
    await campaigns.start(id, about, by)
    await campaigns.pause(id, by)
    await campaigns.drive(1_000)
    expect((await campaigns.status(id)).campaign.done.flagged).toBe(0)

    await campaigns.resume(id, by)
    const driving = campaigns.drive(1_000)
    const { campaign } = await campaigns.abort(id, { withdraw: false }, by)
    await driving

    const after = (await campaigns.status(id)).campaign
    expect(after.state).toBe('aborted')
    expect(after.done.flagged).toBe(campaign.done.flagged)
    expect(after.done.flagged).toBeLessThan(250)
    await expect(campaigns.resume(id, by)).rejects.toMatchObject({ code: 'conflict' })
    await expect(campaigns.start(id, about, by)).rejects.toMatchObject({ code: 'conflict' })
  })

  test('an abort with --withdraw lifts every flag that nobody has acted on, each with its audit row', async () => {
    const anna = await person('anna@x.example')
    const id = await run({ everyone: true })

    await campaigns.abort(id, { withdraw: true }, by)
    await campaigns.drive(1_000)

    expect(await flagOf(anna)).toBeNull()
    expect((await campaigns.status(id)).campaign).toMatchObject({
      state: 'aborted',
      task: null,
      done: { withdrawn: 1 },
    })
    expect(await events()).toContain('reset_withdrawn')
    expect(await store.outbox.claim('mailer', clock.now(), clock.now() + 1, 10)).toEqual([])
  })

  test('an abort with --withdraw that comes in the last moment of the flagging is carried out all the same', async () => {
    const anna = await person('anna@x.example')
    const { id } = await plan({ everyone: true })
    await campaigns.start(id, about, by)
    const next: SqliteStore['campaigns']['next'] = async (of, query) => {
      const page = await store.campaigns.next(of, query)
      if (query.task === 'flag' && page.length === 0) await campaigns.abort(id, { withdraw: true }, by)
      return page
    }
    const worker = openOne('one', { ...store, campaigns: { ...store.campaigns, next } })

    await worker.drive(1_000)

    expect(await flagOf(anna)).toBeNull()
    expect((await campaigns.status(id)).campaign).toMatchObject({ state: 'aborted', done: { withdrawn: 1 } })
  })

  test('a reminder goes out once a day at most, and never while the campaign is at work', async () => {
    await person('anna@x.example')
    const { id } = await plan({ everyone: true })
    await expect(campaigns.remind(id, { includeAmbiguous: false }, by)).rejects.toMatchObject({ code: 'conflict' })
    await campaigns.start(id, about, by)
    await campaigns.drive(1_000)
    const [mail] = await store.outbox.claim('mailer', clock.now(), clock.now() + 1_000, 1)
    await store.outbox.finish(mail?.id ?? 0, 'mailer', { kind: 'sent', at: clock.now(), answer: '250' })
    const remind = async () => {
      await campaigns.remind(id, { includeAmbiguous: false }, by)
      await campaigns.drive(1_000)
      return (await campaigns.status(id)).campaign.done.reminded
    }

    expect(await remind()).toBe(0)
    clock.advance(dayMs)
    expect(await remind()).toBe(1)
    expect(await remind()).toBe(1)
    expect((await store.outbox.list('queued', 10)).map(({ notice }) => notice.kind)).toEqual(['reset_reminder'])
  })

  test('a time of the compromise that lies in the future is refused: it would set nothing aside', async () => {
    await person('anna@x.example')
    const { id } = await plan({ everyone: true })

    const starting = campaigns.start(id, { ...about, since: clock.now() + 1 }, by)

    await expect(starting).rejects.toMatchObject({ code: 'invalid_input' })
    expect((await campaigns.status(id)).campaign.state).toBe('planned')
  })

  test('a plan whose list was touched afterwards does not start', async () => {
    await person('anna@x.example')
    const { id, digest } = await plan({ everyone: true })
    const store2 = store.campaigns
    const touched = {
      ...store2,
      planned: async (of: string, after: number, limit: number) =>
        (await store2.planned(of, after, limit)).map(one => ({ ...one, accountId: 'eve' })),
    }
    const { accounts, organizations, devices, changes, audit } = store
    const directory = createDirectory({ accounts, organizations, devices, changes, clock })
    closing.push(() => directory.close())
    const tampered = createResetCampaigns({
      ...{ store: touched, organizations, directory, audit, clock, random: secureRandom, worker: 'x' },
      resetUrl: String,
      trouble: () => {},
    })

    await expect(tampered.start(id, about, by)).rejects.toThrow('not the one that was planned')
    expect((await campaigns.status(id)).campaign).toMatchObject({ state: 'planned', digest })
  })

  test('the evidence names every person with what was done and by whose word, safe in a spreadsheet', async () => {
    await person('anna@x.example')
    await person('new@x.example', { state: 'invited', password: null })
    const id = await run({ everyone: true }, { reason: '=HYPERLINK("x")' })

    const csv = await campaigns.evidence(id, { format: 'csv', after: 0, limit: 1 }, by)
    const rest = await campaigns.evidence(id, { format: 'csv', after: csv.next ?? 0, limit: 10 }, by)
    const lines = (await campaigns.evidence(id, { format: 'jsonl', after: 0, limit: 10 }, by)).text.trim().split('\n')

    const text = csv.text + rest.text
    expect(text.startsWith('\ufeff"account","email"')).toBe(true)
    expect(text.trim().split('\r\n')).toHaveLength(3)
    expect(text).toContain(`"'=HYPERLINK(""x"")"`)
    const rows = lines.map(line => JSON.parse(line) as Record<string, unknown>)
    expect(rows.find(({ email }) => email === 'anna@x.example')).toMatchObject({
      ...{ outcome: 'flagged', flagged_by_campaign: id, started_by: 'mika', approved_by: 'rin', mail: 'queued' },
    })
    expect(rows.find(({ email }) => email === 'new@x.example')).toMatchObject({ outcome: 'excluded', why: 'invited' })
    expect((await events()).filter(event => event === 'people_exported')).toHaveLength(2)
  })
})
