import { expect, test } from 'vitest'
import { parseAddress } from '../../src/lib/address.ts'
import { createSamlJudge, type PostedToUs } from '../../src/portal/saml-judge.ts'

// Who waits for a thread while all of them are taken. The threads stand still here: what is seen is who gets a place to wait.

type Needs = Parameters<typeof createSamlJudge>[0]

/** A judge whose threads hold what they have until they are told. */
function standing() {
  const held: (() => void)[] = []
  const unused = () => Promise.reject(new Error('nobody comes that far'))
  const judge = createSamlJudge({
    clock: { now: () => 0 } as Needs['clock'], // because nothing else of it is asked before a message is read
    config: { portalOrigin: 'https://auth.test' },
    ownKeys: { current: unused, published: unused, decryptionKeys: async () => [] },
    emailDomains: { ownerOf: unused },
    spentOnce: { spend: unused },
    sessionBook: { wasSignedOut: unused },
    // because the rule of a generic method cannot be told from here: it answers as a thread that has given up
    xml: {
      run: () => new Promise(resolve => held.push(() => resolve({ kind: 'given_up', detail: '' }))),
    } as Needs['xml'],
  })
  const ended: string[] = []
  const post = (address: string, about: Partial<PostedToUs> = {}) => {
    void judge.judge(posted(address, about)).then(judged => {
      ended.push(judged.kind === 'refused' && judged.cause === 'busy' ? 'busy' : 'read')
    })
  }
  const settle = async () => {
    for (let i = 0; i < 20; i++) await new Promise(resolve => setImmediate(resolve))
  }
  const release = async () => {
    for (let next = held.shift(); next !== undefined; next = held.shift()) {
      next()
      await settle()
    }
  }
  const busy = async () => {
    await settle()
    return ended.filter(each => each === 'busy').length
  }
  return { post, busy, release, ended }
}

function posted(address: string, about: Partial<PostedToUs>): PostedToUs {
  const parsed = parseAddress(address)
  const rules = { active: { sso: { required: true } }, previous: null, revertAt: null, confirmedAt: null }
  // because a message that waits is asked for its address and for no more
  return {
    visit: { head: { client: { address: parsed } } },
    organization: { id: 'o', slug: 'corp', rules },
    provider: { metadata: { entityId: 'e', certificates: [] }, staged: null, settings: { unsolicited: false } },
    message: 'AAAA',
    requests: [],
    ...about,
  } as unknown as PostedToUs
}

const asked = {
  requests: [{ id: 'r', startedAt: 0, forced: false, contexts: [], purpose: 'sign_in' }],
} as unknown as Partial<PostedToUs> // as above

test('of one network eight strangers wait and no more, whatever addresses of it they have', async () => {
  const { post, busy, release } = standing()
  for (let i = 0; i < 40; i++) post(`2001:db8:1:1::${i + 1}`)
  expect(await busy()).toBe(40 - 2 - 8)
  for (let i = 0; i < 12; i++) post('192.0.2.1')
  expect(await busy()).toBe(30 + 4)
  await release()
})

test('strangers of a thousand networks keep nobody out who has asked here before', async () => {
  const { post, busy, release, ended } = standing()
  for (let i = 0; i < 1_000; i++) post(`10.0.${i >> 8}.${i & 255}`)
  const before = await busy()
  expect(before).toBe(1_000 - 2 - 64)

  post('198.51.100.7', asked)
  post('10.0.0.1', asked)

  expect(await busy()).toBe(before)
  await release()
  expect(ended.filter(each => each === 'read')).toHaveLength(2 + 64 + 2)
})

test('and those who have asked may be many behind one address: an office on a Monday morning', async () => {
  const { post, busy, release } = standing()
  for (let i = 0; i < 34; i++) post('192.0.2.1', asked)
  expect(await busy()).toBe(0)
  post('192.0.2.1', asked)
  expect(await busy()).toBe(1)
  await release()
})
