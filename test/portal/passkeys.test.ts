import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addPasskey, askOptions, postNew, postSignIn, signInByPasskey } from '../support/passkey-flows.ts'
import { signedIn, tryPassword } from '../support/portal-flows.ts'
import { operator, type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { accountOf, addApp, addOrganization, addPerson, openRules } from '../support/portal-people.ts'
import { createPortalVisitor } from '../support/portal-visitor.ts'
import { createSoftwareKey } from '../support/software-key.ts'

let portal: PortalHarness
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal[Symbol.asyncDispose]())

const stranger = () => createPortalVisitor(portal)

/** A person with a passkey, in a browser that is signed in. */
async function holder(email: string, about: { counts?: boolean } = {}) {
  await addPerson(portal, email)
  const visitor = await signedIn(portal, email)
  return { visitor, key: await addPasskey(portal, visitor, about) }
}

describe('a passkey', () => {
  test('that was added on the account page signs in alone, and counts as two factors', async () => {
    const { key } = await holder('alone@example.com')
    const visitor = stranger()

    const reply = await signInByPasskey(portal, visitor, key)

    expect(reply.location).toBe('/account')
    expect((await visitor.follow(reply)).status).toBe(200)
    const account = await accountOf(portal, 'alone@example.com')
    const [session] = (await portal.store.sessions.listOf(account.id)).toSorted((a, b) => b.openedAt - a.openedAt)
    expect(session?.proofs.some(({ kind }) => kind === 'passkey')).toBe(true)
  })

  test('brings the person to where they were going', async () => {
    const { key } = await holder('journey@example.com')
    const visitor = stranger()
    const start = await visitor.follow(await visitor.get(`${portal.appOrigin}/rooms?x=1`))
    const options = await askOptions(portal, visitor, 'sign_in')

    const reply = await visitor.submit(start, { credential: key.answer(options) }, { action: '/sign-in/passkey' })

    expect((await visitor.follow(reply)).body).toBe('app for journey@example.com at /rooms?x=1')
  })

  test('is told about by mail when it is added, and shown among the factors', async () => {
    const { visitor } = await holder('told@example.com')

    await portal.deliver()

    const mails = portal.mailbox.list().filter(({ to }) => to === 'told@example.com')
    expect(mails.some(({ subject }) => /second factor was added/i.test(subject))).toBe(true)
    expect((await visitor.get(`${portal.portalOrigin}/account`)).body).toContain('Test key')
  })

  test('is the second factor after a password: no code is asked for where there is only a passkey', async () => {
    const { key } = await holder('second@example.com')
    const visitor = stranger()
    const page = await visitor.follow(await tryPassword(portal, visitor, 'second@example.com'))
    expect(page.body).toContain('data-passkey="second_factor"')
    expect(page.forms.some(form => form.fields.some(([name]) => name === 'code'))).toBe(false)

    const options = await askOptions(portal, visitor, 'second_factor')
    const reply = await visitor.submit(page, { credential: key.answer(options) })

    expect(reply.location).toBe('/account')
  })

  test('as second factor is asked for without naming anybody’s: the options are the same for every attempt', async () => {
    await holder('named@example.com')
    const visitor = stranger()
    await tryPassword(portal, visitor, 'named@example.com')

    const options = await askOptions(portal, visitor, 'second_factor')

    expect(options).toMatchObject({ allowCredentials: [], userVerification: 'required', rpId: 'auth.localhost' })
  })

  test('of another account is no second factor, though its signature is right', async () => {
    await holder('mine@example.com')
    const other = await holder('theirs@example.com')
    const visitor = stranger()
    const page = await visitor.follow(await tryPassword(portal, visitor, 'mine@example.com'))

    const options = await askOptions(portal, visitor, 'second_factor')
    const reply = await visitor.submit(page, { credential: other.key.answer(options) })

    expect(reply.status).toBe(422)
    expect(reply.setCookies.join()).not.toMatch(/sekisho=[A-Za-z0-9]/)
  })

  test('can be the first factor that an organization demands, in place of an app', async () => {
    const organization = await addOrganization(portal, 'Enrol', { secondFactor: { roles: 'all', from: 0 } })
    await addPerson(portal, 'first@example.com', { organization })
    const visitor = stranger()
    const page = await visitor.follow(await tryPassword(portal, visitor, 'first@example.com'))
    const key = createSoftwareKey(portal.portalOrigin)
    const created = key.create(await askOptions(portal, visitor, 'enrol_first'))

    const reply = await visitor.submit(page, { credential: created })

    expect(reply.location).toMatch(/^\/account/)
    expect((await visitor.follow(reply)).status).toBe(200)
    const { factors } = await accountOf(portal, 'first@example.com')
    expect(factors.map(({ kind }) => kind)).toEqual(['passkey'])
    expect((await signInByPasskey(portal, stranger(), key)).location).toBe('/account')
  })

  test('is a fresh proof for somebody who is signed in, and theirs alone', async () => {
    const { visitor, key } = await holder('again@example.com')
    const other = await holder('other@example.com')
    portal.clock.leap(11 * 60_000)
    const page = await visitor.follow(await visitor.get(`${portal.portalOrigin}/account/factors/add`))
    expect(page.body).toContain('data-passkey="prove_again"')

    const foreign = await visitor.submit(page, {
      credential: other.key.answer(await askOptions(portal, visitor, 'prove_again')),
    })
    const own = await visitor.submit(page, {
      credential: key.answer(await askOptions(portal, visitor, 'prove_again')),
    })

    expect(foreign.status).toBe(422)
    expect(own.location).toBe('/account/factors/add')
  })

  test('that was removed opens nothing', async () => {
    const { visitor, key } = await holder('removed@example.com')
    const account = await accountOf(portal, 'removed@example.com')

    await visitor.post(`${portal.portalOrigin}/account/factors/remove`, { factor: account.factors[0]?.id ?? '' })

    expect((await accountOf(portal, 'removed@example.com')).factors).toEqual([])
    expect((await signInByPasskey(portal, stranger(), key)).status).toBe(422)
  })

  test('that a forced reset has set aside opens nothing, and no other passkey gets round the reset', async () => {
    const { key } = await holder('reset@example.com')
    const account = await accountOf(portal, 'reset@example.com')

    await portal.resets.require(account, { reason: 'test', since: 0 }, operator)
    const reset = await signInByPasskey(portal, stranger(), key)
    await portal.store.accounts.withdrawReset(account.id, {
      audit: {
        ...{ event: 'reset_withdrawn', at: portal.clock.now(), actor: operator.actor, accountId: account.id },
        ...{ organizationId: null, address: null, receipt: null, facts: {} },
      },
      notices: [],
    })

    expect(reset.status).toBe(422)
    expect((await signInByPasskey(portal, stranger(), key)).location).toBe('/account')
  })

  test('reads the same for every cause: unknown, wrong, removed, reset, single sign-on', async () => {
    const unknown = createSoftwareKey(portal.portalOrigin)
    unknown.create({ challenge: 'x', user: { id: 'nobody' } })
    const wrong = await holder('wrong@example.com')
    const reset = await holder('is-reset@example.com')
    const organization = await addOrganization(portal, 'Later')
    await addPerson(portal, 'sso@example.com', { organization })
    const sso = await addPasskey(portal, await signedIn(portal, 'sso@example.com'))
    await portal.organizations.setRules(
      organization,
      { ...openRules, sso: { required: true, breakGlassEmails: [] } },
      operator,
    )
    await portal.resets.require(await accountOf(portal, 'is-reset@example.com'), { reason: 'x', since: null }, operator)

    const replies = [
      await signInByPasskey(portal, stranger(), unknown),
      await signInByPasskey(portal, stranger(), wrong.key, { signature: Buffer.alloc(70, 1).toString('base64url') }),
      await signInByPasskey(portal, stranger(), wrong.key, { userHandle: Buffer.from('other').toString('base64url') }),
      await signInByPasskey(portal, stranger(), reset.key),
      await signInByPasskey(portal, stranger(), sso),
      await postSignIn(portal, stranger(), 'no JSON'),
    ]

    for (const reply of replies) {
      expect(reply.status).toBe(422)
      expect(reply.body).toBe(replies[0]?.body)
      expect(Object.keys(reply.headers)).toEqual(Object.keys(replies[0]?.headers ?? {}))
    }
  })

  test('is removed and asked for on pages that work without a script: what is missing is said, the other ways remain', async () => {
    const page = await stranger().get(`${portal.portalOrigin}/sign-in`)

    expect(page.body).toMatch(/<form method="post" action="\/sign-in\/passkey" hidden>/)
    expect(page.body).toMatch(/<noscript>.*JavaScript/)
    expect(page.forms.some(({ action }) => action === '/sign-in')).toBe(true)
  })

  test('signs in only where the configuration lets a passkey sign in; as a second factor it still helps', async () => {
    await using strict = await startPortal({ passkeySignIn: false })
    await addPerson(strict, 'strict@example.com')
    const key = await addPasskey(strict, await signedIn(strict, 'strict@example.com'))
    const visitor = createPortalVisitor(strict)

    expect((await visitor.get(`${strict.portalOrigin}/sign-in`)).body).not.toContain('data-passkey')
    expect((await signInByPasskey(strict, visitor, key)).status).toBe(422)
    const page = await visitor.follow(await tryPassword(strict, visitor, 'strict@example.com'))
    const options = await askOptions(strict, visitor, 'second_factor')
    expect((await visitor.submit(page, { credential: key.answer(options) })).location).toBe('/account')
  })
})

describe('adding a passkey', () => {
  test('needs a fresh proof, for its options as well', async () => {
    await addPerson(portal, 'stale@example.com')
    const visitor = await signedIn(portal, 'stale@example.com')
    const created = createSoftwareKey(portal.portalOrigin).create(await askOptions(portal, visitor, 'enrol'))
    portal.clock.leap(11 * 60_000)

    await expect(askOptions(portal, visitor, 'enrol')).rejects.toThrow('401')
    expect((await postNew(portal, visitor, created)).location).toMatch(/^\/prove-again/)
    expect((await accountOf(portal, 'stale@example.com')).factors).toEqual([])
  })

  test('names the passkeys that are there, and has the account’s id and no address for the authenticator', async () => {
    const { visitor, key } = await holder('excluded@example.com')
    const { id } = await accountOf(portal, 'excluded@example.com')

    const options = await askOptions(portal, visitor, 'enrol')

    expect(options).toMatchObject({
      user: { id: Buffer.from(id).toString('base64url') },
      excludeCredentials: [{ id: key.credentialId }],
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    })
  })

  test('of another account is refused: one passkey, one account', async () => {
    const { key } = await holder('owner@example.com')
    await addPerson(portal, 'copy@example.com')
    const visitor = await signedIn(portal, 'copy@example.com')

    const reply = await postNew(portal, visitor, key.create(await askOptions(portal, visitor, 'enrol')))

    expect(reply.status).toBe(422)
    expect((await accountOf(portal, 'copy@example.com')).factors).toEqual([])
    expect((await accountOf(portal, 'owner@example.com')).factors).toHaveLength(1)
  })

  test('offers the codes for the day without it when it is the first factor, and not beside another one', async () => {
    await addPerson(portal, 'offered@example.com')
    const visitor = await signedIn(portal, 'offered@example.com')
    const add = async () => {
      const key = createSoftwareKey(portal.portalOrigin)
      return postNew(portal, visitor, key.create(await askOptions(portal, visitor, 'enrol')))
    }

    const first = await add()
    const second = await add()

    expect(first.location).toBe('/account/backup-codes?said=factor_added')
    expect(second.location).toBe('/account?said=factor_added')
  })

  test('beside an app leaves both, and either is enough', async () => {
    await addPerson(portal, 'both@example.com')
    const visitor = await signedIn(portal, 'both@example.com')
    const key = await addPasskey(portal, visitor)
    const app = await addApp(portal, 'both@example.com')
    const byCode = stranger()
    const page = await byCode.follow(await tryPassword(portal, byCode, 'both@example.com'))

    expect(page.body).toContain('data-passkey="second_factor"')
    expect((await byCode.submit(page, { code: await app.code() })).location).toBe('/account')
    expect((await signInByPasskey(portal, stranger(), key)).location).toBe('/account')
  })
})
