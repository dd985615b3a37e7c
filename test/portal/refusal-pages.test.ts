import { expect, test } from 'vitest'
import type { Refusal } from '../../src/http/answer.ts'
import { createCookieJar } from '../../src/http/cookies.ts'
import { createAssets } from '../../src/portal/assets.ts'
import type { PortalConfig } from '../../src/portal/config.ts'
import { createFrame, type FramePage } from '../../src/portal/page-writer.ts'
import { createRefusalPages } from '../../src/portal/refusal-pages.ts'
import { createVisits } from '../../src/portal/visit.ts'
import { address } from '../policy/good-facts.ts'

const config: PortalConfig = {
  portalOrigin: 'https://auth.example.com',
  appOrigins: ['https://app.example.com'],
  productName: 'Sekisho',
  accent: '#0055aa',
  support: null,
  languages: ['en', 'ja'],
  ownPrefix: '/.sekisho/',
  passkeySignIn: false,
}
const frame = createFrame(config, createAssets('/.sekisho/assets/', config.accent), null)
const visitOf = createVisits({ jar: createCookieJar({ secure: true }), languages: config.languages })
const refused: Refusal = { status: 403, code: 'refused' }
const tooMany: Refusal = { status: 429, code: 'too_many' }
const busy: Refusal = { status: 503, code: 'busy' }
const away: Refusal = { status: 503, code: 'unavailable' }

function headFor(language: string) {
  return {
    ...{ method: 'GET', target: '/rooms?secret=1', path: '/rooms', host: 'app.example.com', secure: true },
    ...{ authority: 'app.example.com', headers: ['Accept-Language', language], client: address('192.0.2.1') },
    ...{ bodyLength: 0, upgrade: undefined },
  }
}

test('each refused person reads their own receipt, cause and language, whoever was refused before them', async () => {
  const show = createRefusalPages(visitOf, frame)
  const asked = [
    [refused, 'en', 'r-1'],
    [refused, 'en', 'r-2'],
    [tooMany, 'en', 'r-3'],
    [refused, 'ja', 'r-4'],
    [refused, 'en', 'r-1'],
    [tooMany, 'ja', 'r-5'],
    [tooMany, 'en', '$&'],
    [busy, 'en', 'r-6'],
    [away, 'en', 'r-7'],
  ] as const

  for (const [refusal, language, receipt] of asked) {
    const alone = await createRefusalPages(visitOf, frame)(refusal, headFor(language), receipt)
    const page = String(await show(refusal, headFor(language), receipt))
    expect(page).toBe(String(alone))
    expect(page).toContain(`<code>${receipt}</code>`)
    expect(page).toContain(`<html lang="${language}">`)
    expect(page, 'the target is nobody else’s').not.toContain('secret')
  }
  const texts = new Set<string>()
  for (const [refusal, language] of asked.slice(1, 4)) texts.add(String(await show(refusal, headFor(language), 'r')))
  expect(texts.size).toBe(3)
})

test('a page is made once for each cause and language, however many are refused', async () => {
  let madeCount = 0
  const counting: FramePage = (visit, page) => {
    madeCount += 1
    return frame(visit, page)
  }
  const show = createRefusalPages(visitOf, counting)

  for (let i = 0; i < 100; i++)
    for (const language of ['en', 'ja', `x-${i}`]) await show(refused, headFor(language), `r-${i}`)

  expect(madeCount).toBe(2)
})
