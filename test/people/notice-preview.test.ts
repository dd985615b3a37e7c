import { describe, expect, test } from 'vitest'
import { previewNotices } from '../../src/people/notice-preview.ts'
import { nowhere, type Place } from '../../src/people/place.ts'
import type { RecordedSignIn } from '../../src/people/sign-in-history.ts'
import { newsOf, type SignInNoticeSettings } from '../../src/people/sign-in-news.ts'
import type { AccountId } from '../../src/policy/facts.ts'
import { dayMs, hourMs, now } from '../contracts/samples.ts'
import { noExtras } from '../support/protection.ts'

let number = 0
function signIn(about: Partial<RecordedSignIn> = {}): RecordedSignIn {
  number += 1
  return {
    number,
    at: now,
    accountId: 'aki' as AccountId, // an account of this test alone
    organizationId: null,
    sessionId: `s-${number}`,
    address: '203.0.113.7',
    device: 'Firefox on Linux',
    deviceId: 'own',
    newDevice: false,
    method: 'password',
    country: 'JP',
    city: 'JP Osaka',
    network: 'AS64500',
    ...about,
  }
}

const all: SignInNoticeSettings = { ...noExtras, newCountry: true, newCity: true, newNetwork: true }

describe('which sign-ins are told', () => {
  const home = signIn({ at: now - 2 * dayMs })

  test.each<[string, RecordedSignIn, readonly RecordedSignIn[], SignInNoticeSettings, string | null]>([
    ['an unknown device always', signIn({ newDevice: true }), [home], noExtras, 'new_device'],
    [
      'also where it was told a minute ago',
      signIn({ newDevice: true }),
      [signIn({ newDevice: true })],
      all,
      'new_device',
    ],
    ['a known device from elsewhere, not unless asked for', signIn({ country: 'FR' }), [home], noExtras, null],
    ['another country', signIn({ country: 'FR', city: 'FR Lyon' }), [home], all, 'new_country'],
    ['another city of the same country', signIn({ city: 'JP Kyoto' }), [home], all, 'new_city'],
    ['another network in the same city', signIn({ network: 'AS64501' }), [home], all, 'new_network'],
    ['the same place as ever, not', signIn(), [home], all, null],
    ['nothing to compare with, not', signIn({ country: 'FR' }), [], all, null],
    ['nothing known of either place, not', signIn({ country: null, city: null, network: null }), [home], all, null],
    ['every one, where that is asked for', signIn(), [home], { ...noExtras, every: true }, 'every'],
    [
      'the same device at the same place only once in the window',
      signIn(),
      [signIn({ at: now - hourMs })],
      { ...noExtras, every: true },
      null,
    ],
    [
      'the same device at another place within the window',
      signIn(),
      [signIn({ at: now - hourMs, city: 'JP Kyoto' })],
      { ...noExtras, every: true },
      'every',
    ],
  ])('%s', (_sentence, one, before, settings, reason) => {
    expect(newsOf(one, before, settings)).toBe(reason)
  })
})

describe('a preview', () => {
  const recorded = (signIns: readonly RecordedSignIn[], whereIs: (address: string) => Place = () => nowhere) => ({
    places: { find: whereIs },
    history: {
      async walk({ from, to, after, limit }: { from: number; to: number; after?: { number: number }; limit: number }) {
        return signIns
          .filter(each => each.at >= from && each.at < to && each.number > (after?.number ?? 0))
          .slice(0, limit)
      },
    },
  })

  test('counts the mails of the days asked for, now and then, and the most that one account gets', async () => {
    const signIns = [
      signIn({ at: now - 9 * dayMs, newDevice: true }), // before the counted days: known, and not counted
      signIn({ at: now - 2 * dayMs }),
      signIn({ at: now - 2 * dayMs + 1, city: 'JP Kyoto', accountId: 'bun' as AccountId, newDevice: true }),
      signIn({ at: now - dayMs, city: 'JP Kyoto' }),
      signIn({ at: now - dayMs + 1, country: 'FR', city: 'FR Lyon' }),
    ]

    const preview = await previewNotices(recorded(signIns), { days: 7, at: now, now: noExtras, changed: all })

    expect(preview).toMatchObject({
      signIns: 4,
      now: { mails: 1, perAccountMax: 1 },
      changed: { mails: 3, perAccountMax: 2 },
      isCut: false,
    })
    expect(preview.days.map(({ signIns: count, now: before, changed }) => [count, before, changed])).toEqual([
      [2, 1, 1],
      [2, 0, 2],
    ])
  })

  test('reads page by page, each sign-in once', async () => {
    const many = Array.from({ length: 2_500 }, (_, i) => signIn({ at: now - dayMs + i, newDevice: true }))

    const preview = await previewNotices(recorded(many), { days: 2, at: now, now: noExtras, changed: noExtras })

    expect(preview).toMatchObject({ signIns: 2_500, now: { mails: 2_500, perAccountMax: 2_500 } })
  })

  test('asks the files of now about what was recorded without a place', async () => {
    const bare = { country: null, city: null, network: null }
    const france: Place = {
      country: { code: 'FR', names: { en: 'France', ja: 'フランス' } },
      city: null,
      network: null,
    }
    const japan: Place = { country: { code: 'JP', names: { en: 'Japan', ja: '日本' } }, city: null, network: null }
    const signIns = [
      signIn({ ...bare, at: now - 2 * hourMs, address: '198.51.100.1' }),
      signIn({ ...bare, at: now - hourMs, address: '203.0.113.1' }),
    ]
    const source = recorded(signIns, address => (address.startsWith('198') ? france : japan))

    const preview = await previewNotices(source, {
      days: 1,
      at: now,
      now: noExtras,
      changed: { ...noExtras, newCountry: true },
    })

    expect(preview.changed.mails).toBe(1)
  })
})
