import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Organization } from '../../src/people/organization.ts'
import type { Role } from '../../src/policy/facts.ts'
import { showCode, stranger } from '../support/hand-over.ts'
import { signedIn } from '../support/portal-flows.ts'
import { operator, type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { accountOf, addApp, addOrganization, addPerson, goodPassword } from '../support/portal-people.ts'
import type { PortalVisitor, Reply } from '../support/portal-visitor.ts'

let portal: PortalHarness
let acme: Organization
beforeAll(async () => {
  portal = await startPortal()
  acme = await addOrganization(portal, 'Acme')
  await add('boss@acme.example', ['administrator'])
  await add('helper@acme.example', ['user_administrator'])
  await add('person@acme.example', ['person'])
  await add('other@else.example', ['person'], await addOrganization(portal, 'Else'))
})
afterAll(() => portal[Symbol.asyncDispose]())

async function add(email: string, roles: readonly Role[], organization = acme): Promise<void> {
  const account = await addPerson(portal, email, { organization })
  await portal.people.setRoles(account, roles, operator)
}

const page = () => `${portal.portalOrigin}/admin/hand-over`

async function ask(visitor: PortalVisitor, email: string, reason = 'Lost the mailbox'): Promise<Reply> {
  return visitor.submit(await visitor.get(page()), { email, reason })
}

/** What the page shows as the code; null where it shows none. */
function codeOn({ body }: Reply): string | null {
  return /<p class="secret"[^>]*>([0-9A-Z-]{23})<\/p>/.exec(body)?.[1] ?? null
}

describe('the way there', () => {
  test.each([
    ['boss@acme.example', true],
    ['helper@acme.example', true],
    ['person@acme.example', false],
  ])('stands on the account page of %s: %s', async (email, stands) => {
    const account = await (await signedIn(portal, email)).get(`${portal.portalOrigin}/account`)

    expect(account.body.includes('href="/admin/hand-over"')).toBe(stands)
  })

  test('is not offered to an administrator of no organization, who could name nobody', async () => {
    const account = await addPerson(portal, 'alone@nowhere.example')
    await portal.people.setRoles(account, ['administrator'], operator)
    const page = await (await signedIn(portal, 'alone@nowhere.example')).get(`${portal.portalOrigin}/account`)

    expect(page.body).not.toContain('/admin/hand-over')
  })
})

describe('the page of the organization’s console', () => {
  test('shows an administrator a code once, which the person can use', async () => {
    const visitor = await signedIn(portal, 'boss@acme.example')

    const issued = await ask(visitor, 'person@acme.example', 'Changed the provider')

    expect(issued.status).toBe(200)
    const code = codeOn(issued)
    expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}$/)
    expect(issued.headers['cache-control']).toContain('no-store')
    expect((await visitor.get(page())).body).not.toContain(code ?? 'none')
    const person = stranger(portal)
    expect((await showCode(person, portal.portalOrigin, 'person@acme.example', code ?? '')).heading).toBe(
      'Choose a new password',
    )
    await portal.deliver()
    const mail = portal.mailbox.list().find(({ to }) => to === 'person@acme.example')
    expect(mail?.text).toContain('boss@acme.example')
    expect(mail?.text).toContain('Changed the provider')
    const text = JSON.stringify(await portal.store.audit.list({ limit: 1_000 }))
    expect(text).toContain('hand_over_issued')
    expect(text).not.toContain(code)
    expect(JSON.stringify(await portal.store.outbox.list('all', 100))).not.toContain(code)
  })

  test.each([
    ['a user administrator on a person', 'helper@acme.example', 'person@acme.example', 200],
    ['a user administrator on an administrator', 'helper@acme.example', 'boss@acme.example', 403],
    ['anybody on themselves', 'boss@acme.example', 'boss@acme.example', 403],
    ['an administrator on another organization', 'boss@acme.example', 'other@else.example', 403],
    ['an administrator on nobody', 'boss@acme.example', 'nobody@acme.example', 403],
  ])('%s: %s for %s', async (_, actor, target, status) => {
    const answer = await ask(await signedIn(portal, actor), target)

    expect(answer.status).toBe(status)
    expect(codeOn(answer) === null).toBe(status === 403)
  })

  test('whoever is no administrator does not even see it', async () => {
    const visitor = await signedIn(portal, 'person@acme.example')

    const seen = await visitor.get(page())
    const posted = await visitor.post(page(), { email: 'helper@acme.example', reason: 'x' })

    for (const reply of [seen, posted]) {
      expect(reply.status).toBe(403)
      expect(reply.body).not.toContain('Issue a code')
    }
  })

  test('somebody who is not signed in is led to sign in and comes back', async () => {
    const answer = await stranger(portal).get(page())

    expect(answer.location).toBe('/sign-in?return=%2Fadmin%2Fhand-over')
  })

  test('an administrator of an organization reads the same about a stranger’s account as about nobody', async () => {
    const visitor = await signedIn(portal, 'boss@acme.example')

    const answers = [await ask(visitor, 'other@else.example'), await ask(visitor, 'unknown@else.example')]

    const bodies = answers.map(({ body }) => body.replaceAll(/(other|unknown)@else.example/g, 'EMAIL'))
    expect(bodies[0]).toBe(bodies[1])
    const { id } = await accountOf(portal, 'other@else.example')
    expect(
      (await portal.store.audit.list({ accountId: id, limit: 100 })).map(({ entry }) => entry.event),
    ).not.toContain('hand_over_refused')
  })

  test('an old sign-in has to be proved anew before the page opens', async () => {
    const visitor = await signedIn(portal, 'boss@acme.example')
    portal.clock.leap(11 * 60_000)

    const asked = await visitor.follow(await visitor.get(page()))
    expect(codeOn(await visitor.post(page(), { email: 'person@acme.example', reason: 'x' }))).toBe(null)
    const back = await visitor.submit(asked, { password: goodPassword })

    expect(asked.url.pathname).toBe('/prove-again')
    expect(back.location).toBe('/admin/hand-over')
  })

  test('a form without a reason, or with half an address, is shown again with what was typed', async () => {
    const visitor = await signedIn(portal, 'boss@acme.example')

    const noReason = await ask(visitor, 'person@acme.example', '  ')
    const half = await ask(visitor, 'person@', 'Lost')

    expect([noReason.status, half.status]).toEqual([422, 422])
    expect(noReason.body).toContain('value="person@acme.example"')
    expect(half.body).toContain('value="Lost"')
  })

  test('a form that another site posts issues nothing', async () => {
    const visitor = await signedIn(portal, 'boss@acme.example')

    const answer = await visitor.post(
      page(),
      { email: 'person@acme.example', reason: 'x' },
      { headers: { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' } },
    )

    expect(answer.status).toBe(403)
    expect(codeOn(answer)).toBe(null)
  })

  test('who switched the second factor off gets no code within a day; another administrator does', async () => {
    await add('second@acme.example', ['administrator'])
    await add('owner@acme.example', ['person'])
    await addApp(portal, 'owner@acme.example')
    const owner = await accountOf(portal, 'owner@acme.example')
    const boss = await accountOf(portal, 'boss@acme.example')
    const by = { ...operator, actor: { kind: 'account', id: boss.id } as const }
    await portal.secondFactors.remove(owner, owner.factors[0]?.id ?? '', by)

    const refused = await ask(await signedIn(portal, 'boss@acme.example'), 'owner@acme.example')
    const issued = await ask(await signedIn(portal, 'second@acme.example'), 'owner@acme.example')

    expect(refused.status).toBe(422)
    expect(codeOn(refused)).toBe(null)
    expect(refused.body).toContain('within the last 24 hours')
    expect(codeOn(issued)).not.toBe(null)
    expect(issued.body).toContain('needs nothing else')
  })

  test('speaks Japanese', async () => {
    const visitor = await signedIn(portal, 'boss@acme.example', { language: 'ja' })

    const issued = await ask(visitor, 'person@acme.example')

    expect((await visitor.get(page())).heading).toBe('メールを受け取れない人を助ける')
    expect(issued.heading).toBe('このコードを本人に伝えてください')
  })
})
