import { describe, expect, test } from 'vitest'
import { html } from '../../examples/chat/html.ts'
import { chooseLanguage } from '../../examples/chat/language.ts'
import { planReturn } from '../../examples/chat/public/reconnect.js'
import { hana, ken, startChat } from './gateway.ts'

const inJapanese = { 'accept-language': 'ja-JP,ja;q=0.9,en;q=0.8' }

describe('the chat page', () => {
  test('shows who you are, from the token, and the ways to your account and out', async () => {
    await using chat = await startChat()

    const page = await (await chat.ask('/', hana)).text()

    for (const text of [
      'Hana Yamada',
      'hana@sakura.example',
      'sakura',
      'Person, Administrator',
      'Password, One-time code, Two factors',
      'ses_hana',
    ])
      expect(page).toContain(text)
    expect(page).toContain('<a class="button quiet" href="https://auth.example.test/account">')
    expect(page).toContain('<form method="post" action="/.sekisho/sign-out">')
    expect(page).toContain('href="/admin/"')
  })

  test('speaks Japanese to whom it should, and hides what is not theirs', async () => {
    await using chat = await startChat()

    const page = await (await chat.ask('/', ken, { headers: inJapanese })).text()

    expect(page).toContain('<html lang="ja">')
    for (const text of ['ひろば', '雑談', 'ログアウト', 'パスキー, 端末での確認, 2段階認証'])
      expect(page).toContain(text)
    expect(page).not.toContain('href="/admin/"')
  })

  test('a name is text, whatever it looks like', async () => {
    await using chat = await startChat()
    const name = `"><script>alert('x')</script>&amp;`

    const page = await (await chat.ask('/', { ...hana, name, org: name, email: name, sid: name, sub: name })).text()

    expect(page).not.toContain('<script>alert')
    expect(page).toContain('&#34;&#62;&#60;script&#62;alert(&#39;x&#39;)&#60;/script&#62;&#38;amp;')
  })

  test('allows no script and no style but its own, no frame around it, and forms only to us and the portal', async () => {
    await using chat = await startChat()

    const { headers } = await chat.ask('/', hana)

    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; form-action 'self' https://auth.example.test; base-uri 'none'; frame-ancestors 'none'",
    )
    expect(headers.get('cache-control')).toBe('no-store')
  })

  test('a roles or methods name that we have no word for is shown as it is', async () => {
    await using chat = await startChat()

    const page = await (await chat.ask('/', { ...hana, roles: ['constructor'], amr: ['__proto__', 'fpt'] })).text()

    expect(page).toContain('<dd>constructor</dd>')
    expect(page).toContain('<dd>__proto__, fpt</dd>')
  })

  test('its assets are kept by browsers for as long as they do not change', async () => {
    await using chat = await startChat()
    const page = await (await chat.ask('/', hana)).text()
    const [script = ''] = /\/public\/[0-9a-f]{12}\/chat\.js/.exec(page) ?? []

    const [known, old, plain] = await Promise.all(
      [script, '/public/000000000000/chat.js', '/public/chat.js'].map(path => fetch(`${chat.url}${path}`)),
    )

    expect(known?.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(known?.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect([old?.headers.get('cache-control'), plain?.headers.get('cache-control')]).toEqual(['no-cache', 'no-cache'])
  })

  test('the overview counts the rooms of the own organization', async () => {
    await using chat = await startChat()

    const page = await (await chat.ask('/admin/', hana, { headers: inJapanese })).text()

    expect(page).toContain('<dt>ルーム</dt><dd>2</dd>')
    expect(page).toContain('>ひろば</th>')
  })
})

test('values in a template are escaped, templates in it are not', () => {
  const item = html`<i>${'<&>'}</i>`

  expect(html`<p title="${`"'`}">${7}${null}${[item, item]}</p>`.text).toBe(
    '<p title="&#34;&#39;">7<i>&#60;&#38;&#62;</i><i>&#60;&#38;&#62;</i></p>',
  )
})

test.each([
  [undefined, 'en'],
  ['', 'en'],
  ['ja', 'ja'],
  ['JA-jp', 'ja'],
  ['fr, ja;q=0.5', 'ja'],
  ['en-GB,en;q=0.9,ja;q=0.8', 'en'],
  ['en;q=0.5, ja;q=0.9', 'ja'],
  ['ja;q=0, de', 'en'],
  ['ja;q=x', 'en'],
  ['jam, english', 'en'],
  ['*', 'en'],
  [`${'x,'.repeat(10_000)}ja`, 'en'],
])('Accept-Language %s gives %s', (header, language) => {
  expect(chooseLanguage(header)).toBe(language)
})

describe('coming back after a close', () => {
  const [low, high] = [() => 0, () => 1]

  test.each([
    [4401, { kind: 'sign_in' }],
    [4403, { kind: 'refused' }],
  ])('%i is not tried again', (code, plan) => {
    expect(planReturn(code, 3, low)).toEqual(plan)
  })

  test.each([
    ['4429 waits long', 4429, 0, 10_000, 30_000, 'tooMany'],
    ['1001 is spread over five seconds', 1001, 0, 300, 5_000, 'restarting'],
    ['1012 is spread over five seconds', 1012, 0, 300, 5_000, 'restarting'],
    ['1012 again backs off', 1012, 2, 2_000, 4_000, 'restarting'],
    ['a lost connection is tried again soon', 1006, 0, 500, 1_000, 'lost'],
    ['and later and later', 1006, 3, 4_000, 8_000, 'lost'],
    ['but every half minute at last', 1006, 50, 15_000, 30_000, 'lost'],
  ])('%s', (_, code, attempt, least, most, state) => {
    expect(planReturn(code, attempt, low)).toEqual({ kind: 'retry', state, waitMs: least })
    expect(planReturn(code, attempt, high)).toEqual({ kind: 'retry', state, waitMs: most })
  })
})
