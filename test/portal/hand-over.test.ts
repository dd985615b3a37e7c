import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { issueFor, showCode, stranger, support } from '../support/hand-over.ts'
import { addPhone, newestText, number } from '../support/phone-people.ts'
import { signedIn, tryPassword } from '../support/portal-flows.ts'
import { operator, type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { accountOf, addApp, addOrganization, addPerson, goodPassword } from '../support/portal-people.ts'
import type { PortalVisitor } from '../support/portal-visitor.ts'

let portal: PortalHarness
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal[Symbol.asyncDispose]())

const chosen = 'seven slow boats under the bridge'
const dayMs = 86_400_000

const mailsTo = async (email: string) => {
  await portal.deliver()
  return portal.mailbox.list().filter(({ to }) => to === email)
}
const show = (visitor: PortalVisitor, email: string, code: string) =>
  showCode(visitor, portal.portalOrigin, email, code)
const signsInWith = async (email: string, password: string) =>
  (await tryPassword(portal, stranger(portal), email, password)).location === '/account'
const auditOf = async (email: string) => {
  const { id } = await accountOf(portal, email)
  const rows = await portal.store.audit.list({ accountId: id, limit: 1_000 })
  return rows.map(({ entry }) => entry).filter(({ event }) => event.startsWith('hand_over'))
}

describe('a person without a mailbox', () => {
  test('chooses a new password with the code: old sessions and the old password end, and the owner hears of each step', async () => {
    const email = 'lost@hand.example'
    await addPerson(portal, email)
    const elsewhere = await signedIn(portal, email)
    const { code, asksFactor } = await issueFor(portal, email)
    const visitor = stranger(portal)

    const page = await show(visitor, email, code)
    const done = await visitor.submit(page, { password: chosen })

    expect(asksFactor).toBe(false)
    expect(done.location).toBe('/sign-in?said=reset')
    expect((await elsewhere.get(`${portal.portalOrigin}/account`)).location).toContain('/sign-in')
    expect(await signsInWith(email, goodPassword)).toBe(false)
    expect(await signsInWith(email, chosen)).toBe(true)
    const mails = await mailsTo(email)
    const subjects = mails.map(({ subject }) => subject)
    expect(subjects).toContain('A hand-over code was issued for your Sekisho account')
    expect(subjects).toContain('Your Sekisho password was changed')
    expect(mails.find(({ subject }) => subject.startsWith('A hand-over'))?.text).toContain('needs nothing else')
    expect(await auditOf(email)).toMatchObject([
      {
        event: 'hand_over_issued',
        actor: support.actor,
        facts: { reason: 'The mailbox is lost', secondFactor: 'none' },
      },
      { event: 'hand_over_used', facts: { secondFactor: 'none' } },
    ])
  })

  test('shows the second factor first: without it the code opens no password page, and the factor stays', async () => {
    const email = 'factor@hand.example'
    await addPerson(portal, email)
    const app = await addApp(portal, email)
    const { code, asksFactor } = await issueFor(portal, email)
    const visitor = stranger(portal)
    expect(asksFactor).toBe(true)

    const asked = await show(visitor, email, code)
    expect(asked.heading).toBe('Confirm that it is you')
    expect(asked.body).not.toContain('name="password"')
    const pass = asked.forms.flatMap(({ fields }) => fields).find(([name]) => name === 'pass')?.[1] ?? ''
    const skipped = await visitor.post(`${portal.portalOrigin}/reset/hand-over/choose`, { pass, password: chosen })
    expect(skipped.heading).toBe('Confirm that it is you')
    expect(await signsInWith(email, chosen)).toBe(false)
    const wrong = await visitor.submit(asked, { code: '000000' })
    expect(wrong.status).toBe(422)
    const proved = await visitor.submit(wrong, { code: await app.code() })
    const weak = await visitor.submit(proved, { password: 'short' })
    expect(weak.status).toBe(422)
    const done = await visitor.submit(weak, { password: chosen })

    expect(done.location).toBe('/sign-in?said=reset')
    expect((await accountOf(portal, email)).factors).toHaveLength(1)
    const failed = (await mailsTo(email)).filter(({ subject }) => subject.includes('failed at the second factor'))
    expect(failed).toHaveLength(1)
  })

  test('shows a backup code where the phone with the app is lost as well', async () => {
    const email = 'backup@hand.example'
    await addPerson(portal, email)
    await addApp(portal, email)
    const [backup = 'none'] = (await portal.backupCodes.make(await accountOf(portal, email), operator)) ?? []
    const { code } = await issueFor(portal, email)
    const visitor = stranger(portal)

    const chooses = await visitor.submit(await show(visitor, email, code), { code: backup })
    const done = await visitor.submit(chooses, { password: chosen })

    expect(done.location).toBe('/sign-in?said=reset')
    expect(await portal.backupCodes.left(await accountOf(portal, email))).toBe(9)
  })

  test('hears of the code by text message, and may show one that is sent to the phone', async () => {
    const email = 'phone@hand.example'
    await addPerson(portal, email)
    await addPhone(portal, email)
    const { code } = await issueFor(portal, email)
    const [told] = await mailsTo(number)
    expect(told?.text).toContain('a hand-over code for your account was issued')
    expect(told?.text).not.toContain(code)
    const visitor = stranger(portal)

    const asked = await show(visitor, email, code)
    const phone = (await accountOf(portal, email)).factors[0]?.id ?? ''
    const sent = await visitor.submit(asked, { to: phone })
    const chooses = await visitor.submit(sent, { code: await newestText(portal) })

    expect(chooses.heading).toBe('Choose a new password')
  })

  test('is shown the pages in Japanese', async () => {
    const email = 'nihongo@hand.example'
    await addPerson(portal, email, { language: 'ja' })
    const { code } = await issueFor(portal, email)
    const visitor = stranger(portal, { language: 'ja' })

    const wrong = await show(visitor, email, 'AAAAA-AAAAA-AAAAA-AAAAA')
    const right = await show(visitor, email, code)

    expect(wrong.body).toContain('確認できませんでした。')
    expect(right.heading).toBe('パスワードの再設定')
    const [mail] = await mailsTo(email)
    expect(mail?.subject).toBe('【Sekisho】引き継ぎコードが発行されました')
  })

  test('may type the code as people do: small letters, spaces, wide letters, O for 0', async () => {
    const email = 'typing@hand.example'
    await addPerson(portal, email)
    const { code } = await issueFor(portal, email)
    const wide = [...code]
      .map(each => (each === '-' ? 'ー' : String.fromCharCode(each.charCodeAt(0) + 0xfee0)))
      .join('')

    for (const typed of [
      code.toLowerCase(),
      code.replaceAll('-', ' '),
      wide,
      code.replaceAll('0', 'O').replaceAll('1', 'l'),
    ])
      expect((await show(stranger(portal), email, typed)).heading).toBe('Choose a new password')
  })
})

describe('one page for every code that does not work', () => {
  test('wrong, of another account, for an unknown name, used, replaced, too old, and for an account with single sign-on', async () => {
    const [first, second] = ['one@same.example', 'two@same.example']
    await addPerson(portal, first)
    await addPerson(portal, second)
    const organization = await addOrganization(portal, 'Soon')
    await addPerson(portal, 'sso@same.example', { organization })
    const ofSso = await issueFor(portal, 'sso@same.example')
    await portal.organizations.setRules(
      organization,
      { ...organization.rules.active, sso: { required: true, breakGlassEmails: [] } },
      operator,
    )
    const old = await issueFor(portal, first)
    portal.clock.leap(30 * 60_000)
    const replaced = await issueFor(portal, first)
    const other = await issueFor(portal, second)
    const live = await issueFor(portal, first)
    let address = 10
    const answerTo = async (email: string, code: string) => {
      const reply = await show(stranger(portal, { address: `192.0.2.${address++}` }), email, code)
      return { status: reply.status, body: reply.body.replaceAll(email, 'EMAIL').replace(/style-\w+|portal-\w+/g, '') }
    }

    const unknown = await answerTo('nobody@same.example', live.code)
    expect(unknown.status).toBe(422)
    expect(unknown.body).toContain('That did not work.')
    for (const [name, email, code] of [
      ['made up', first, 'ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ'],
      ['another account’s', first, other.code],
      ['replaced', first, replaced.code],
      ['too old', first, old.code],
      ['single sign-on', 'sso@same.example', ofSso.code],
    ] as const)
      expect([name, await answerTo(email, code)]).toEqual([name, unknown])
    const visitor = stranger(portal, { address: '192.0.2.99' })
    await visitor.submit(await show(visitor, first, live.code), { password: chosen })
    expect(await answerTo(first, live.code)).toEqual(unknown)
  })
})

describe('no code is issued', () => {
  const refusalFor = async (email: string) =>
    portal.handOvers.issue(await accountOf(portal, email), 'The mailbox is lost', support)

  test('for an account with single sign-on, an invited, a suspended and a deleted one; each refusal is audited', async () => {
    const organization = await addOrganization(portal, 'Bound', { sso: { required: true, breakGlassEmails: [] } })
    const email = 'sso@none.example'
    await portal.people.create(
      {
        email,
        name: 'Sue',
        language: 'en',
        organizationId: organization.id,
        roles: ['person'],
        password: goodPassword,
      },
      operator,
    )
    expect(await refusalFor(email)).toEqual({ kind: 'refused', why: 'sso' })
    expect(await auditOf(email)).toMatchObject([{ event: 'hand_over_refused', facts: { why: 'sso' } }])

    await portal.people.create(
      {
        email: 'new@none.example',
        name: 'Nia',
        language: 'en',
        organizationId: null,
        roles: ['person'],
        password: null,
      },
      operator,
    )
    expect(await refusalFor('new@none.example')).toEqual({ kind: 'refused', why: 'invited' })

    const suspended = await addPerson(portal, 'out@none.example')
    await portal.people.suspend(suspended, operator)
    expect(await refusalFor('out@none.example')).toEqual({ kind: 'refused', why: 'suspended' })
    expect(await portal.handOvers.issue({ ...suspended, state: 'deleted' }, 'x', support)).toMatchObject({
      why: 'deleted',
    })
    // A copy that was read before the account was suspended changes nothing.
    expect(await portal.handOvers.issue(suspended, 'x', support)).toMatchObject({ kind: 'refused' })
  })

  test('by support within a day of having switched the second factor off', async () => {
    const email = 'weak@none.example'
    await addPerson(portal, email)
    await addApp(portal, email)
    const account = await accountOf(portal, email)
    await portal.secondFactors.remove(account, account.factors[0]?.id ?? '', support)

    expect(await refusalFor(email)).toEqual({ kind: 'refused', why: 'weakened' })
    expect(await auditOf(email)).toMatchObject([{ event: 'hand_over_refused', facts: { why: 'weakened' } }])
    portal.clock.leap(dayMs)
    expect(await refusalFor(email)).toMatchObject({ kind: 'issued' })
  })
})

test('a code that was issued ends when its account comes under single sign-on while the password page is open', async () => {
  const organization = await addOrganization(portal, 'Late')
  const email = 'late@hand.example'
  await addPerson(portal, email, { organization })
  const { code } = await issueFor(portal, email)
  const visitor = stranger(portal)
  const page = await show(visitor, email, code)

  await portal.organizations.setRules(
    organization,
    { ...organization.rules.active, sso: { required: true, breakGlassEmails: [] } },
    operator,
  )

  expect((await visitor.submit(page, { password: chosen })).status).toBe(410)
})
