import { describe, expect, test } from 'vitest'
import { checkBad, goodGateway, unmark } from './support.ts'

// Each § marks a place that has to be told, with the words that have to stand there, in order.

const listen = 'listen: { port: 8080 }'
const portal = 'portal: { origin: https://auth.example.com }'
const upstreams = 'upstreams:\n  chat: { addresses: ["http://127.0.0.1:3000"] }'
const mail = 'mail: { transport: mailbox, from: no-reply@example.com }'

/** A good gateway.yaml with one section exchanged, or one more. */
function gateway(section: string): string {
  const name = section.replaceAll('§', '').split(':')[0]
  const others = [listen, portal, upstreams, mail].filter(one => one.split(':')[0] !== name)
  return [...others, section, ''].join('\n')
}

function route(fields: string): string {
  const standard = { name: 'a', hosts: '[chat.example.com]', upstream: 'chat', access: 'signed-in', prefix: '/' }
  const given = fields.replaceAll('§', '')
  const missing = Object.entries(standard).filter(([key]) => !new RegExp(`(^|\\n *)${key}:|without ${key}`).test(given))
  const lines = [
    ...fields.split('\n').filter(line => !line.includes('without')),
    ...missing.map(([k, v]) => `${k}: ${v}`),
  ]
  return `kind: routes\nroutes:\n  - ${lines.map(line => line.trim()).join('\n    ')}\n`
}

const brokenGateways: readonly [string, string, ...string[]][] = [
  [
    'an unknown section, with the one that was meant',
    gateway('§sesions: { idle: 1h }'),
    'found the unknown key "sesions"; expected one of listen, portal, operator,',
    'did you mean sessions?',
  ],
  [
    'an unknown key inside',
    gateway('sessions: { §idel: 1h }'),
    'found the unknown key "idel"; expected one of idle, absolute; did you mean idle?',
  ],
  [
    'an unknown key that resembles nothing',
    gateway('sessions: { §zzz: 1h }'),
    'expected one of idle, absolute; remove it',
  ],
  ['a key that objects carry from birth', gateway('§__proto__: { idle: 1h }'), 'found the unknown key "__proto__"'],
  [
    'a duplicate key',
    gateway(`${portal}\n§portal: { origin: https://b.example.com }`),
    'found the same key twice; expected each key once',
  ],
  ['a duplicate key deep inside', gateway('sessions: { idle: 1h, §idle: 2h }'), 'found the same key twice'],
  [
    'a missing section',
    `§${[listen, portal, mail].join('\n')}\n`,
    'found no upstreams; expected upstreams: a mapping of keys to values',
  ],
  [
    'a missing key',
    gateway('portal: §{}'),
    'found no origin; expected origin: an origin such as https://chat.example.com',
  ],
  ['a section without a value', gateway('§portal:'), 'found an empty value; expected a mapping'],
  [
    'a text where a section belongs',
    gateway('portal: §auth.example.com'),
    'found "auth.example.com"; expected a mapping of keys to values',
  ],
  ['a list where a section belongs', gateway('sessions: §[1h, 2h]'), 'found a list; expected a mapping'],
  [
    'a duration with a space',
    gateway('sessions: { idle: §24 hours }'),
    'found "24 hours"; expected a duration from 1m to 90d, such as',
    'write a number directly followed by its unit',
  ],
  ['a duration without a unit', gateway('sessions: { idle: §3600 }'), 'found 3600; expected a duration'],
  [
    'a duration that is too long',
    gateway('sessions: { idle: §91d, absolute: 300d }'),
    'expected a duration from 1m to 90d',
  ],
  [
    'an idle limit beyond the absolute one',
    gateway('sessions: { idle: §3d, absolute: 2d }'),
    'expected idle to be no longer than absolute',
  ],
  [
    'a port in quotes',
    gateway('listen: { port: §"8080" }'),
    'found "8080"; expected a whole number from 0 to 65535; write digits without quotes',
  ],
  ['a port that is none', gateway('listen: { port: §65536 }'), 'found 65536; expected a whole number from 0 to 65535'],
  ['a fraction', gateway('listen: { port: §80.5 }'), 'found 80.5; expected a whole number'],
  ['neither port nor socket', gateway('listen: §{ address: 127.0.0.1 }'), 'expected exactly one of port and unix'],
  ['port and socket', gateway('listen: §{ port: 1, unix: a.sock }'), 'expected exactly one of port and unix'],
  [
    'a name to listen on',
    gateway('listen: { port: 1, address: §localhost }'),
    'found "localhost"; expected an IP address',
  ],
  ['a path behind the origin', gateway('portal: { origin: §https://auth.example.com/ }'), 'expected an origin such as'],
  ['an origin in capitals', gateway('portal: { origin: §https://Auth.example.com }'), 'in lower case'],
  [
    'an origin with its default port',
    gateway('portal: { origin: §https://auth.example.com:443 }'),
    'expected an origin',
  ],
  ['an origin with credentials', gateway('portal: { origin: §https://a:b@auth.example.com }'), 'expected an origin'],
  [
    'a portal over plain HTTP',
    gateway('portal: { origin: §http://auth.example.com }'),
    'expected https, because sessions would be read on the way',
  ],
  [
    'a local portal over plain HTTP that was not asked for',
    gateway('portal: { origin: §http://auth.localhost:8080 }'),
    'development: { insecureCookies: true }',
  ],
  [
    'insecure cookies on a real portal',
    gateway('development: { insecureCookies: §true }'),
    'expected it only with a portal on http://localhost',
  ],
  [
    'yes for true',
    gateway('development: { insecureCookies: §yes }'),
    'found "yes"; expected true or false; write it without quotes',
  ],
  [
    'an operators’ API open to others',
    gateway('operator: { listen: { port: 1, address: §0.0.0.0 } }'),
    'whoever reaches this governs everything; add a token',
  ],
  [
    'a secret written inline',
    gateway('rootKey: §correct-horse-battery-staple'),
    'found a value written inline; expected a reference to a secret',
  ],
  [
    'a secret from a file that is missing',
    gateway('rootKey: { file: §no-such-file }'),
    'found no file that can be read (ENOENT)',
  ],
  [
    'a secret from a variable that is not set',
    gateway('rootKey: { env: §NO_SUCH_VARIABLE }'),
    'found no value in the variable NO_SUCH_VARIABLE',
  ],
  ['a secret from two places', gateway('rootKey: §{ file: a, env: B }'), 'expected exactly one of file and env'],
  ['a secret from nowhere', gateway('rootKey: §{}'), 'expected exactly one of file and env'],
  [
    'trust in everyone',
    gateway('trustedProxies: { networks: [10.0.0.0/8, §0.0.0.0/0] }'),
    'whoever is trusted can claim any address; name them, or say trustEveryone: true',
  ],
  ['trust in everyone of IPv6', gateway('trustedProxies: { networks: [§"::/0"] }'), 'trustEveryone'],
  [
    'proxies by their networks and by their number',
    gateway('trustedProxies: { networks: [10.0.0.0/8], hops: §1 }'),
    'either networks or hops, because a count trusts whoever connects; keep one',
  ],
  [
    'a network with bits behind its prefix',
    gateway('trustedProxies: { networks: [§10.0.0.1/8] }'),
    'with no bits set behind the prefix',
  ],
  [
    'a network by name',
    gateway('trustedProxies: { networks: [§proxy.internal] }'),
    'expected a network such as 203.0.113.0/24',
  ],
  [
    'a misspelled choice',
    gateway('trustedProxies: { header: §x-forwarded-fro }'),
    'expected one of x-forwarded-for, forwarded, proxy-protocol, none; did you mean x-forwarded-for?',
  ],
  [
    'the PROXY protocol of nobody',
    gateway('trustedProxies: { header: §proxy-protocol }'),
    'expected networks with proxy-protocol, because connections of others are refused',
  ],
  [
    'a certificate that is none',
    gateway('listen: { port: 8443, tls: { certificates: [§{ cert: gateway.yaml, key: gateway.yaml }] } }'),
    'the certificate cannot be read',
  ],
  [
    'a certificate that is not there',
    gateway('listen: { port: 8443, tls: { certificates: [{ cert: §none.pem, key: gateway.yaml }] } }'),
    'none.pem',
  ],
  [
    'TLS without a certificate',
    gateway('listen: { port: 8443, tls: { certificates: §[] } }'),
    'at least one certificate',
  ],
  [
    'TLS for operators',
    gateway('operator: { listen: { port: 9901, §tls: { certificates: [] } } }'),
    'unknown key "tls"',
  ],
  [
    'authorities that are none',
    gateway('upstreams: { chat: { addresses: ["https://127.0.0.1:3000"], ca: §gateway.yaml } }'),
    'there is no certificate in it',
  ],
  [
    'authorities for an upstream in the clear',
    gateway('upstreams: { chat: { addresses: ["http://127.0.0.1:3000"], ca: §gateway.yaml } }'),
    'expected an https:// address with it',
  ],
  ['no upstream', gateway('upstreams: §{}'), 'expected at least one upstream'],
  [
    'an upstream without addresses',
    gateway('upstreams: { chat: { addresses: §[] } }'),
    'expected at least one address',
  ],
  [
    'an upstream address with a path',
    gateway('upstreams: { chat: { addresses: [§"http://a:1/x"] } }'),
    'write no path behind the port',
  ],
  [
    'an upstream address without a scheme',
    gateway('upstreams: { chat: { addresses: [§"127.0.0.1:3000"] } }'),
    'expected http://HOST:PORT',
  ],
  [
    'an upstream address with an octal number',
    gateway('upstreams: { chat: { addresses: [§"http://127.0.0.01:1"] } }'),
    'expected http://HOST:PORT',
  ],
  [
    'an upstream address with a port that is none',
    gateway('upstreams: { chat: { addresses: [§"http://a:99999"] } }'),
    'expected http://HOST:PORT',
  ],
  [
    'an upstream with a strange name',
    gateway('upstreams: { §Chat!: { addresses: ["http://a:1"] }, chat: { addresses: ["http://a:1"] } }'),
    'found the name "Chat!"; expected a name of a-z',
  ],
  [
    'a token that lives too long',
    gateway('identityToken: { lifetimeSeconds: §61 }'),
    'expected a whole number from 5 to 60',
  ],
  [
    'an algorithm that is none of ours',
    gateway('identityToken: { algorithm: §HS256 }'),
    'expected one of ES256, EdDSA',
  ],
  [
    'a token in a field that means something else',
    gateway('identityToken: { header: §Authorization }'),
    'expected a field of its own',
  ],
  [
    'mail over SMTP without a server',
    gateway('mail: §{ transport: smtp, from: a@example.com }'),
    'expected smtp: {...} with transport: smtp',
  ],
  [
    'mail in the clear',
    gateway('mail: { transport: smtp, from: a@example.com, smtp: { host: mail.example.com, tls: §off } }'),
    'reset mails would be read on the way',
  ],
  [
    'a sender that is two',
    gateway('mail: { transport: mailbox, from: §"a@b@example.com" }'),
    'expected an e-mail address',
  ],
  [
    'a sender with a name around it',
    gateway('mail: { transport: mailbox, from: §"A <a@example.com>" }'),
    'expected an e-mail address',
  ],
  [
    'a rate without its time',
    gateway('limits: { signIn: { account: §20 } }'),
    'expected a rate such as 600/1m or 20/1h',
  ],
  ['a rate of nothing', gateway('limits: { traffic: { address: { rate: §0/1m } } }'), 'expected a rate such as'],
  [
    'more failures in a row than may be',
    gateway('limits: { signIn: { consecutiveFailuresMax: §101 } }'),
    'expected a whole number from 2 to 100',
  ],
  ['a colour by name', gateway('pages: { accent: §red }'), 'expected a colour such as "#2f5bd7"'],
  [
    'a colour that YAML takes for a comment',
    gateway('pages: { languages: [en], §accent: #2f5bd7\n  }'),
    'found an empty value; expected a colour',
  ],
  ['no language', gateway('pages: { languages: §[] }'), 'expected at least one language'],
  ['a language that pages do not have', gateway('pages: { languages: [en, §fr] }'), 'expected one of en, ja'],
  ['an own prefix without its slash', gateway('ownPrefix: §/.sekisho'), 'begin and end it with /'],
  ['an own prefix that is a dot segment', gateway('ownPrefix: §/../'), 'begin and end it with /'],
  ['a tab', gateway('sessions:\n§\tidle: 1h'), 'found a tab; expected spaces'],
  ['a custom tag', gateway('dataDir: §!!js/function x'), 'remove the tag'],
  ['a second document', `${goodGateway}§---\nlisten: { port: 1 }\n`, 'found a second document'],
  ['an open bracket', gateway('pages: { languages: [en, ja §}§'), 'found broken YAML'],
  ['an alias to nothing', gateway('dataDir: §*nothing'), 'found *nothing, which no anchor names; expected a value'],
  [
    'a merge key',
    gateway('§x: &x { idle: 1h }\nsessions: { §<<: *x }'),
    'found the unknown key "x"',
    'found the unknown key "<<"',
  ],
  ['an empty file', '§', 'found an empty'],
  ['a list instead of sections', '§- a\n', 'found a list; expected a mapping'],
]

const brokenRoutes: readonly [string, string, ...string[]][] = [
  [
    'an upstream that is not there',
    route('upstream: §chatt'),
    'found "chatt"; expected an upstream of gateway.yaml: chat',
  ],
  ['the portal as a host', route('hosts: [§auth.example.com]'), "found the portal's host"],
  ['a host with a port', route('hosts: [§"chat.example.com:80"]'), 'expected a lower-case host name'],
  [
    'a host in capitals',
    route('hosts: [§Chat.example.com]'),
    'found "Chat.example.com"; expected a lower-case host name',
  ],
  ['a wildcard in the middle', route('hosts: [§a.*.example.com]'), 'or *.example.com for names one label longer'],
  ['a wildcard for everything', route('hosts: [§"*"]'), 'expected a lower-case host name'],
  ['no host', route('hosts: §[]'), 'expected at least one host'],
  ['a path that does not begin with /', route('prefix: §admin'), 'expected a path such as /admin'],
  ['a path with dot segments', route('prefix: §/a/../b'), 'leave out //, dot segments'],
  ['a path with a double slash', route('prefix: §//a'), 'leave out //'],
  ['a path with an escape', route('prefix: §/a%2fb'), 'expected a path'],
  ['a path with a query', route('exact: §/a?b\nwithout prefix'), 'expected a path'],
  ['a path with a backslash', route('prefix: §/a\\b'), 'expected a path'],
  ['a path under the gateway’s own prefix', route('prefix: §/.sekisho/x'), 'expected a path outside /.sekisho/'],
  ['the gateway’s own prefix itself', route('exact: §/.sekisho\nwithout prefix'), 'expected a path outside /.sekisho/'],
  ['prefix and exact', route('§name: a\nprefix: /\nexact: /x'), 'expected exactly one of prefix and exact'],
  ['neither prefix nor exact', route('§name: a\nwithout prefix'), 'expected exactly one of prefix and exact'],
  [
    'roles on a public route',
    route('access: public\nroles: §[person]'),
    'where nobody has to be known; remove roles or write access: signed-in',
  ],
  [
    'a second factor on a public route',
    route('access: public\nsecondFactor: §true'),
    'remove it or write access: signed-in',
  ],
  ['a recent sign-in on a public route', route('access: public\nrecentSignIn: §10m'), 'remove recentSignIn'],
  [
    'an optional identity where it is always known',
    route('identity: §optional'),
    'expected identity only on a public route',
  ],
  ['a role that does not exist', route('roles: [§admin]'), 'expected one of person, user_administrator, administrator'],
  ['an access that does not exist', route('access: §signedin'), 'did you mean signed-in?'],
  ['a header that is not ours to send', route('identityHeaders: [§X-Auth-Mail]'), 'did you mean X-Auth-Email?'],
  ['on for true', route('websocket: §on'), 'found "on"; expected true or false'],
  ['a size without a unit', route('bodyLimit: §1000'), 'expected a size up to 64GiB'],
  ['a size in thousands', route('bodyLimit: §10MB'), 'such as 512B, 16KiB, 100MiB or 1GiB'],
  [
    'two things in Authorization',
    route('tokenAs: bearer\npassAuthorization: §true'),
    'expected one thing in Authorization',
  ],
  [
    'a missing name',
    `kind: routes\nroutes:\n  - §{ hosts: [a.example.com], prefix: /, upstream: chat, access: public }\n`,
    'found no name; expected name: a name of a-z',
  ],
  [
    'two routes for the same prefix',
    `kind: routes\nroutes:\n  - { name: a, hosts: [a.example.com], prefix: /x, upstream: chat, access: public }\n  - §{ name: b, hosts: [b.example.com, a.example.com], prefix: /x, upstream: chat, access: public }\n`,
    'found paths below /x on a.example.com again, which a (policies/routes.yaml:3) has',
  ],
  [
    'two routes for the same path',
    `kind: routes\nroutes:\n  - { name: a, hosts: [a.example.com], exact: /x, upstream: chat, access: public }\n  - §{ name: b, hosts: [a.example.com], exact: /x, upstream: chat, access: signed-in }\n`,
    'found the path /x on a.example.com again',
  ],
  [
    'two routes of one name',
    `kind: routes\nroutes:\n  - { name: a, hosts: [a.example.com], prefix: /x, upstream: chat, access: public }\n  - { name: §a, hosts: [a.example.com], prefix: /y, upstream: chat, access: public }\n`,
    'found the name a again',
  ],
  ['no kind', '§routes: []\n', 'found no kind; expected kind: routes, organization or tests'],
  ['a kind that does not exist', 'kind: §route\nroutes: []\n', 'found the kind "route"'],
  ['tests in a file of another name', 'kind: §tests\ntests: []\n', 'rename the file or change the kind'],
]

const brokenOrganizations: readonly [string, string, ...string[]][] = [
  ['a network that is none', 'networks: [{ network: §10.0.0.0/33 }]', 'expected a network'],
  ['a bare network', 'networks: [§10.0.0.0/8]', 'found "10.0.0.0/8"; expected a mapping'],
  [
    'an exemption without a reason',
    'exemptions: [§{ email: a@example.com }]',
    'found no reason; expected reason: a reason',
  ],
  [
    'an end on a day that no calendar has',
    'exemptions: [{ email: a@example.com, reason: x, until: §"2026-02-30T00:00:00Z" }]',
    'expected a moment such as',
  ],
  [
    'an end without a zone',
    'exemptions: [{ email: a@example.com, reason: x, until: §"2026-02-01T00:00:00" }]',
    'write date, T, time and Z',
  ],
  ['longer sessions than the gateway’s', 'sessions: { idle: §25h }', 'expected a shorter one'],
  ['devices that do not exist', 'devices: §mobile', 'expected one of any, approved-mobile, approved'],
  ['an empty list of roles', 'secondFactor: { roles: §[] }', 'expected at least one role'],
  ['a slug in capitals', 'slug: §Acme', 'expected a name of a-z'],
  ['an e-mail domain that is none', 'emailDomains: [§"@acme.example"]', 'expected a domain of e-mail addresses'],
  ['an e-mail domain of one label', 'emailDomains: [§localhost]', 'expected a domain of e-mail addresses'],
  ['an e-mail domain of a whole country', 'emailDomains: [§co.jp]', 'not one of a country'],
  ['the domain of a provider of mailboxes', 'emailDomains: [§gmail.com]', 'not one of a country'],
  ['an e-mail domain twice', 'emailDomains: [acme.example, §ACME.example]', 'found "acme.example" again'],
  [
    'single sign-on without a way in when the provider fails',
    'emailDomains: [acme.example]\nsso: { required: true, breakGlass: §[] }',
    'expected at least one administrator',
  ],
  [
    'single sign-on for no domain',
    'sso: { required: §true, breakGlass: [glass@acme.example] }',
    'found no emailDomains beside required',
  ],
]

describe('a broken file is told with its place, what was found, what was expected and what to do', () => {
  test.each(brokenGateways)('gateway.yaml: %s', async (_what, marked, ...words) => {
    await expectProblems('gateway.yaml', marked, words)
  })

  test.each(brokenRoutes)('routes: %s', async (_what, marked, ...words) => {
    await expectProblems('policies/routes.yaml', marked, words)
  })

  test.each(brokenOrganizations)('organization: %s', async (_what, fields, ...words) => {
    const rest = ['slug: acme', 'name: Acme'].filter(line => !fields.startsWith(line.split(':')[0] ?? ''))
    await expectProblems('policies/acme.yaml', ['kind: organization', ...rest, fields, ''].join('\n'), words)
  })

  test('two organizations of one name', async () => {
    const acme = 'kind: organization\nslug: acme\nname: Acme\n'
    const problems = await checkBad({ 'policies/a.yaml': acme, 'policies/b.yaml': acme })
    expect(problems.map(problem => problem.slice(0, 30))).toEqual(['policies/b.yaml:2:7: found "ac'])
  })
})

test('one e-mail domain in two files is told where it stands the second time', async () => {
  const problems = await checkBad({
    'policies/a.yaml': 'kind: organization\nslug: acme\nname: Acme\nemailDomains: [acme.example]\n',
    'policies/b.yaml': 'kind: organization\nslug: beta\nname: Beta\nemailDomains: [beta.example, acme.example]\n',
  })
  expect(problems).toHaveLength(1)
  expect(problems[0]).toContain('policies/b.yaml:4:30: found "acme.example" again, which policies/a.yaml has')
})

describe('the whole of it', () => {
  test('everything that is wrong is told in one run, over all files, in order', async () => {
    const problems = await checkBad({
      'gateway.yaml': `listen: { port: none }
portal: { origin: http://auth.example.com }
upstreams:
  chat: { addresses: ["http://127.0.0.1:3000"], adresses: [] }
  files: { addresses: ["http://127.0.0.1:3001"] }
sessions: { idle: 24h }
mail: { transport: mailbox, from: no-reply@example.com }
rootKey: { env: NOT_SET }
`,
      'policies/a.yaml': 'kind: organization\nslug: acme\nsessions: { idle: 48h }\nname: Acme\n',
      'policies/b.yaml': `kind: routes
routes:
  - { name: a, hosts: [a.example.com], prefix: /, upstream: chat, access: maybe }
  - { name: b, hosts: [auth.example.com], prefix: /, upstream: chat, access: public }
`,
    })
    expect(problems.map(problem => problem.split(' ')[0])).toEqual([
      'gateway.yaml:1:17:',
      'gateway.yaml:2:19:',
      'gateway.yaml:4:49:',
      'gateway.yaml:8:17:',
      'policies/a.yaml:3:19:',
      'policies/b.yaml:3:75:',
      'policies/b.yaml:4:24:',
    ])
  })

  test('a secret never comes into a message, wherever it was written by mistake', async () => {
    const secret = 'correct-horse-battery-staple'
    const problems = await checkBad(
      {
        'gateway.yaml': `${goodGateway}rootKey: ${secret}\noperator: { token: ["${secret}"] }\n`,
      },
      {},
    )
    expect(problems).toHaveLength(2)
    expect(problems.join('\n')).not.toContain(secret)
  })

  test('aliases may be used, and not without bound', async () => {
    const many = Array.from({ length: 12 }, (_, i) => `x${i + 1}: &x${i + 1} [${Array(10).fill(`*x${i}`).join(', ')}]`)
    const bomb = `${goodGateway}x0: &x0 [a, a]\n${many.join('\n')}\n`
    const [problem] = await checkBad({ 'gateway.yaml': bomb })
    expect(problem).toContain('found more than 100 uses of aliases')
  })
})

async function expectProblems(file: string, marked: string, words: readonly string[]): Promise<void> {
  const { text, places } = unmark(marked)
  const problems = await checkBad({ [file]: text })
  expect(problems.map(placeOf)).toEqual(places.map(place => `${file}:${place}`))
  for (const word of words) expect(problems.join('\n')).toContain(word)
  expect(problems.filter(problem => !/: found .+; expected [^;]+; .+/.test(problem))).toEqual([])
}

function placeOf(problem: string): string {
  return problem.split(':').slice(0, 3).join(':')
}
