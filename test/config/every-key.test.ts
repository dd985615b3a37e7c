import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type JsonSchema, jsonSchemaOf } from '../../src/config/json-schema.ts'
import { fileKinds } from '../../src/config/schema-file.ts'

// A key that does nothing is a lie. Here stands, for every key of every file, which test shows what it does: a key without one cannot be
// added, and a test that goes away takes its keys with it.

type Place = readonly [file: string, words: string]

const passwords = (words: string): Place => ['test/scenarios/password-settings.test.ts', words]
const configured = (words: string): Place => ['test/scenarios/configured.test.ts', words]
const reload = (words: string): Place => ['test/scenarios/reload.test.ts', words]
const rooms = (words: string): Place => ['test/composition/configured-rooms.test.ts', words]
const told = (words: string): Place => ['test/scenarios/sign-in-notices.test.ts', words]
const flips = (words: string): Place => ['test/config/policy-keys.test.ts', words]
const ruled = (words: string): Place => ['test/wire/refusal-table.test.ts', words]
const asMuch: Place = rooms('the wire takes as much')
const wired = (words: string): readonly Place[] => [['test/scenarios/wire-limits.test.ts', words], asMuch]
const http2 = (key: string): readonly Place[] => [['test/scenarios/http2-limits.test.ts', `'${key}'`], asMuch]
const routing = (words: string): Place => ['test/config/route-table.test.ts', words]
const proxied = (file: string, words: string): readonly Place[] => [
  [`test/proxy/${file}.test.ts`, words],
  rooms('a route is forwarded as it says'),
]
const budgets = (key: string): readonly Place[] => [rooms(`['${key}'`), configured('are those that are configured')]
const budget = (key: string) => ({
  [`limits.traffic.${key}.rate`]: [...budgets(key), rooms('comes evenly')],
  [`limits.traffic.${key}.burst`]: [rooms('is let through as far as its burst goes')],
  [`limits.traffic.${key}.off`]: [rooms('not counted when it is off')],
})
const tries = (key: string) => ({ [`limits.signIn.${key}`]: [rooms('failed sign-ins are stopped'), rooms(`'${key}'`)] })
const texts = (words: string): Place => ['test/composition/text-messages.test.ts', words]
const stuffing = (key: string) => ({
  [`limits.stuffing.${key}`]: [['test/composition/defence.test.ts', `${key}:`] satisfies Place],
})
const health = (words: string): readonly Place[] => [
  ['test/proxy/health-check.test.ts', words],
  rooms('an upstream is reached as it says'),
]

const gateway: Readonly<Record<string, readonly Place[]>> = {
  'listen.address': [['test/support/gateway.ts', "listen: { address: '127.0.0.1', port }"]],
  'listen.port': [['test/support/gateway.ts', "listen: { address: '127.0.0.1', port }"]],
  'listen.unix': [['test/scenarios/unix-socket.test.ts', 'may arrive on a Unix socket']],
  'listen.http2': [['test/scenarios/http2.test.ts', 'HTTP/2 is not offered where it is switched off']],
  'listen.tls.certificates[].cert': [['test/scenarios/tls.test.ts', 'are taken over without a restart']],
  'listen.tls.certificates[].key': [['test/scenarios/tls.test.ts', 'are taken over without a restart']],
  'portal.origin': [['test/portal/application-hosts.test.ts', 'every carrier of a return address']],
  'portal.host': [reload('answers under another host name')],
  'operator.listen.address': [['test/scenarios/operator.test.ts', 'answers health to anybody']],
  'operator.listen.port': [['test/scenarios/operator.test.ts', 'answers health to anybody']],
  'operator.listen.unix': [configured('listens where it is configured')],
  'operator.socket': [configured("'cli.sock'")],
  'operator.token.file': [
    configured('asks for the configured token'),
    reload('only the file that holds it has changed'),
  ],
  'operator.token.env': [['test/config/check.test.ts', 'come from the environment']],
  dataDir: [['test/scenarios/operator.test.ts', 'the secrets on disk'], reload("dataDir: 'elsewhere'")],
  'rootKey.file': [configured('a root key of one’s own is used')],
  'rootKey.env': [reload('SEKISHO_TEST_ROOT')],
  'trustedProxies.networks': [reload('other proxies are believed')],
  'trustedProxies.hops': [configured('past the configured number of proxies')],
  'trustedProxies.header': [
    configured('read from the configured field'),
    reload("header: 'none'"),
    ['test/scenarios/tls.test.ts', "header: 'proxy-protocol'"],
  ],
  'trustedProxies.trustEveryone': [['test/config/broken-files.test.ts', 'trustEveryone']],
  'upstreams.NAME.addresses': [
    ['test/proxy/upstreams.test.ts', 'take turns'],
    rooms('an upstream is reached as it says'),
  ],
  'upstreams.NAME.audience': [rooms('audience: the-chat'), configured("audience: 'app'")],
  'upstreams.NAME.timeouts.connect': [
    ['test/proxy/connections-max.test.ts', 'no connection comes to stand'],
    rooms('an upstream is reached as it says'),
  ],
  'upstreams.NAME.connectionsMax': [
    ['test/proxy/connections-max.test.ts', 'a request waits for its turn'],
    rooms('an upstream is reached as it says'),
  ],
  'upstreams.NAME.ca': [['test/scenarios/tls.test.ts', 'when the configured authority vouches for it']],
  'upstreams.NAME.healthCheck.path': health("['/alive']"),
  'upstreams.NAME.healthCheck.interval': health('clock.advance(everyMs)'),
  'upstreams.NAME.healthCheck.timeout': health('when it does not answer in time'),
  'upstreams.NAME.healthCheck.unhealthyAfter': health('by so many failures in a row'),
  'upstreams.NAME.healthCheck.healthyAfter': health('by so many successes'),
  'passwords.leaked.source': [passwords('found in %s opens a session')],
  'passwords.leaked.path': [passwords('names the list that is none')],
  'passwords.leaked.url': [passwords('while the list is away')],
  'passwords.leaked.mode': [
    passwords('opens nothing with mode refuse'),
    ['test/people/leaked-sign-ins.test.ts', 'with force reads'],
  ],
  'passwords.leaked.whenUnavailable': [passwords('while the list is away')],
  'passwords.pepper.current.file': [passwords('follows a reload'), passwords('the key that is too short')],
  'passwords.pepper.current.env': [passwords('the key that is too short')],
  'passwords.pepper.previous[].file': [passwords('cannot be dropped')],
  'passwords.pepper.previous[].env': [passwords('the key that is too short')],
  'passwords.cost.memory': [
    passwords('cheaper than they should be'),
    ['test/people/pepper.test.ts', 'and another cost is'],
  ],
  'passwords.cost.passes': [
    passwords('cheaper than they should be'),
    ['test/people/pepper.test.ts', 'and another cost is'],
  ],
  'sessions.idle': [configured('last as long as configured'), reload('sessions that open have the new limits')],
  'sessions.absolute': [configured('last as long as configured')],
  'signInNotices.newCountry': [told("['newCountry', { newCountry: true }")],
  'signInNotices.newCity': [told("['newCity', { newCity: true }")],
  'signInNotices.newNetwork': [told("['newNetwork', { newNetwork: true }")],
  'signInNotices.every': [told("['every', { every: true }")],
  'signInNotices.window': [
    told('is told again after it'),
    ['test/people/notice-preview.test.ts', 'only once in the window'],
  ],
  'places.files': [
    told('a file of places that cannot be read'),
    ['test/people/places.test.ts', 'changes when its file is replaced'],
  ],
  'identityToken.issuer': [configured('has the issuer, algorithm, field and life')],
  'identityToken.algorithm': [configured('has the issuer, algorithm, field and life')],
  'identityToken.header': [configured('has the issuer, algorithm, field and life')],
  'identityToken.lifetimeSeconds': [configured('has the issuer, algorithm, field and life')],
  'mail.transport': [
    reload('mails go the new way'),
    ['test/attacks/development-only.test.ts', 'shows nobody the mails'],
  ],
  'mail.smtp.host': [configured('mails go through the configured server')],
  'mail.smtp.port': [configured('mails go through the configured server')],
  'mail.smtp.tls': [['test/scenarios/mail-server.test.ts', 'nothing leaves without it']],
  'mail.smtp.user': [['test/scenarios/mail-server.test.ts', 'the configured name and password']],
  'mail.smtp.password.file': [['test/config/check.test.ts', 'come from a file beside gateway.yaml']],
  'mail.smtp.password.env': [['test/scenarios/mail-server.test.ts', 'the configured name and password']],
  'mail.from': [configured('from the configured sender')],
  'mail.productName': [configured("'Harbour Post'")],
  ...budget('address'),
  ...budget('addressWithSession'),
  ...budget('account'),
  ...budget('organization'),
  'limits.connections.total': wired('limits.%s'),
  'limits.connections.perAddress': wired('limits.%s'),
  'limits.connections.pipelined': wired('limits.connections.pipelined'),
  'limits.connections.tunnels': wired('limits.connections.tunnels'),
  'limits.connections.tunnelsPerAccount': [ruled('tunnels-of-account'), asMuch],
  'limits.connections.tunnelsPerSession': [ruled('tunnels-of-session'), asMuch],
  'limits.heads.bytes': wired('heads.bytes'),
  'limits.heads.fields': wired('heads.fields'),
  'limits.heads.target': wired('heads.target'),
  'limits.deadlines.head': wired('whoever takes longer'),
  'limits.deadlines.body': wired('whoever takes longer'),
  'limits.deadlines.idle': wired('a connection without a request'),
  'limits.deadlines.send': [ruled('send-deadline'), asMuch],
  'limits.http2.streams': http2('streams'),
  'limits.http2.opened': http2('opened'),
  'limits.http2.openedPerSecond': http2('openedPerSecond'),
  'limits.http2.broken': http2('broken'),
  'limits.http2.brokenPerSecond': http2('brokenPerSecond'),
  'limits.http2.window': http2('window'),
  'limits.http2.unread': [['test/wire/http2-refusal-table.test.ts', "'unreadMax'"], asMuch],
  'limits.http2.unreadPerAddress': [['test/wire/http2-refusal-table.test.ts', "'unreadPerAddressMax'"], asMuch],
  'limits.traffic.keysMax': [rooms('the others share one budget')],
  ...tries('address'),
  ...tries('prefix'),
  ...tries('account'),
  ...tries('accountKnownDevice'),
  ...tries('pair'),
  ...tries('consecutiveFailuresMax'),
  ...tries('codesPerAttempt'),
  ...tries('codesPerAccount'),
  ...tries('resetMailsPerAccount'),
  ...tries('resetMailsKnown'),
  ...tries('resetMailsPerAddress'),
  'signIn.codeOnUnknownDevice': [
    ['test/scenarios/unknown-devices.test.ts', 'waits for a mailed code where the operator wants it'],
  ],
  'limits.signIn.keysMax': [rooms('the others share one count')],
  'pages.languages': [configured('pages speak the configured languages alone'), configured('Content-Language: ja')],
  'sms.transport': [texts('while text messages are off'), texts('over the account at the provider')],
  'sms.defaultCountry': [texts('no default country')],
  'sms.countries': [texts('to configured countries')],
  'sms.twilio.baseUrl': [texts('over the account at the provider')],
  'sms.twilio.accountSid': [texts('over the account at the provider')],
  'sms.twilio.token.env': [texts('over the account at the provider')],
  'sms.twilio.token.file': [['test/config/check.test.ts', 'come from a file beside gateway.yaml']],
  'sms.twilio.from': [texts('over the account at the provider')],
  'sms.webhook.url': [texts('to a webhook that is configured')],
  'sms.webhook.secret.env': [texts('to a webhook that is configured')],
  'sms.webhook.secret.file': [['test/config/check.test.ts', 'come from a file beside gateway.yaml']],
  'outgoing.privateNetworks': [texts('without privateNetworks')],
  'outgoing.plainHttp': [texts('without plainHttp')],
  'limits.sms.account': [texts("['account'")],
  'limits.sms.number': [texts("['number'")],
  'limits.sms.address': [texts("['address'")],
  'limits.sms.hour': [texts("['hour'")],
  'limits.sms.day': [texts("['day'")],
  ...stuffing('off'),
  ...stuffing('slowAt'),
  ...stuffing('codeAt'),
  ...stuffing('refuseAt'),
  ...stuffing('failurePercent'),
  ...stuffing('holdFor'),
  ...stuffing('delayMax'),
  ...stuffing('keysMax'),
  'pages.accent': [configured('--accent:#aa3300')],
  'pages.productName': [configured("'Harbour'"), reload("'Renamed'")],
  'pages.support': [configured('Ask Hana.')],
  'passkeys.signIn': [['test/portal/passkeys.test.ts', 'only where the configuration lets a passkey sign in']],
  'development.insecureCookies': [
    configured('the cookie of plain HTTP'),
    ['test/config/broken-files.test.ts', 'insecureCookies'],
  ],
  'log.level': [['test/scenarios/log.test.ts', 'from the configured level on']],
  'log.file': [
    ['test/scenarios/log.test.ts', 'to the configured file'],
    ['test/scenarios/log.test.ts', 'goes on in a new file after SIGHUP'],
  ],
  ownPrefix: [configured('the own prefix is where it is configured')],
}

const routes: Readonly<Record<string, readonly Place[]>> = {
  kind: [['test/config/broken-files.test.ts', 'kind']],
  'routes[].name': [['test/scenarios/explain.test.ts', 'gate, rule and policy version']],
  'routes[].hosts': [routing('exactly one label longer'), configured('a host of a wildcard')],
  'routes[].prefix': [routing('the longest prefix wins')],
  'routes[].exact': [routing('an exact path is that one path')],
  'routes[].upstream': [rooms('a route is forwarded as it says')],
  'routes[].access': [flips('access: {')],
  'routes[].identity': [configured("identity: 'optional'")],
  'routes[].roles': [flips('roles: {')],
  'routes[].secondFactor': [flips('secondFactor: {')],
  'routes[].secondFactorContexts': [['test/portal/saml-step-up.test.ts', 'asks the provider for one of its contexts']],
  'routes[].recentSignIn': [flips('recentSignIn: {')],
  'routes[].networks': [flips('deny outside_route_networks')],
  'routes[].limits.rate': [configured('of a route: so many at once')],
  'routes[].limits.burst': [configured('of a route: so many at once')],
  'routes[].limits.per': [
    configured("per: 'account'"),
    ['test/limits/traffic.test.ts', 'is shared by whom the route says'],
  ],
  'routes[].timeouts.head': proxied('relay', 'one that does not answer in time'),
  'routes[].timeouts.bodyIdle': proxied('relay', 'one that stops within its answer'),
  'routes[].timeouts.tunnelIdle': proxied('tunnel', 'that nobody uses is closed'),
  'routes[].bodyLimit': proxied('relay', 'over the route’s limit are refused'),
  'routes[].identityHeaders': [
    ...proxied('request-headers', 'identity fields are those that the route asks for'),
    configured("identityHeaders: ['X-Auth-Email']"),
  ],
  'routes[].tokenAs': [configured('travels as a route says'), rooms('tokenField: null')],
  'routes[].websocket': proxied('tunnel', 'on a route without WebSockets'),
  'routes[].origins': [
    ...proxied('refusals', 'may read our errors where the route allows their origin'),
    flips("'deny foreign_origin'"),
  ],
  'routes[].passAuthorization': proxied('request-headers', 'Authorization goes on only where the route says so'),
  'routes[].preserveHost': proxied('request-headers', 'Host is the client’s or the upstream’s'),
  'routes[].cacheable': proxied('shared-caches', 'where a route says cacheable'),
}

const organization: Readonly<Record<string, readonly Place[]>> = {
  kind: [['test/config/broken-files.test.ts', 'kind']],
  slug: [configured('the rules of an organization that is kept in a file')],
  name: [['test/portal/sign-in.test.ts', '/org/']],
  'networks[].network': [flips("'networks[].network'"), configured("['networks', 'office'")],
  'networks[].comment': [['test/config/check.test.ts', 'comment']],
  networksMode: [flips('networksMode: {'), configured("['networksMode', 'watched'")],
  'exemptions[].email': [flips("'exemptions[].email'"), configured("['exemptions', 'office'")],
  'exemptions[].reason': [['test/config/check.test.ts', "reason: 'travels'"]],
  'exemptions[].until': [flips("'exemptions[].until, when it is over'")],
  'secondFactor.roles': [flips("'secondFactor.roles'"), configured("['secondFactor.roles', 'factors'")],
  'secondFactor.from': [flips("'secondFactor.from, before'")],
  devices: [flips("'devices of one kind'"), configured("['devices', 'devices'")],
  emailDomains: [
    ['test/people/declared-domains.test.ts', 'in a file is verified by it'],
    ['test/config/broken-files.test.ts', 'one e-mail domain in two files'],
  ],
  'sso.required': [flips("'sso.required'"), ['test/people/declared-sso.test.ts', 'is switched on by a file at once']],
  'sso.breakGlass': [flips("'sso.breakGlass'")],
  'sso.grantableRoles': [['test/scenarios/saml-sign-in.test.ts', 'as its file says']],
  'signIn.codeOnUnknownDevice': [
    ['test/scenarios/unknown-devices.test.ts', 'waits for a mailed code where the organization wants it'],
  ],
  'signIn.emailedCodes': [
    ['test/portal/sign-in-code.test.ts', 'only where the organization allows it'],
    flips("'signIn.emailedCodes'"),
  ],
  'sessions.idle': [configured('shorter where an organization says so')],
  'sessions.absolute': [configured('shorter where an organization says so')],
}

const policyTests = (words: string): Place => ['test/config/policy-tests.test.ts', words]
const tests: Readonly<Record<string, readonly Place[]>> = {
  kind: [policyTests('kind: tests')],
  'tests[].name': [policyTests('is told with its place')],
  'tests[].request.host': [policyTests('unknown_host')],
  'tests[].request.path': [policyTests('path: /open/x')],
  'tests[].request.address': [flips("'request.address'")],
  'tests[].request.addressUncertain': [flips("'request.addressUncertain'")],
  'tests[].request.upgrade': [flips("'request.upgrade and origin'")],
  'tests[].request.origin': [flips("'request.upgrade and origin'")],
  'tests[].person.email': [flips("'person.email'")],
  'tests[].person.organization': [policyTests('person: { organization: acme }')],
  'tests[].person.roles': [flips("'person.roles'")],
  'tests[].person.factors': [flips("'person.factors'")],
  'tests[].person.state': [flips("'person.state'")],
  'tests[].person.resetRequired': [flips("'person.resetRequired'")],
  'tests[].session.proofs': [flips("'session.proofs'")],
  'tests[].session.age': [flips("'session.age'")],
  'tests[].device.mobile': [flips("'device.mobile'")],
  'tests[].device.approved': [flips("'device.approved'")],
  'tests[].spent': [flips('spent: {')],
  'tests[].at': [flips('at: {')],
  'tests[].entrance': [flips('entrance: {')],
  'tests[].expect': [policyTests('expect: challenge sign_in')],
  'tests[].route': [policyTests('route: chat')],
  'tests[].gate': [policyTests('gate: signed-in')],
  'tests[].notes': [policyTests('notes')],
}

const shown: Readonly<Record<string, Readonly<Record<string, readonly Place[]>>>> = {
  ...{ gateway, routes, organization, tests },
}

describe.each(fileKinds)('$where', ({ name, schema }) => {
  const places = shown[name] ?? {}

  test('every key has a test that shows what it does, and no test is named for a key that is gone', () => {
    expect(Object.keys(places).toSorted()).toEqual(leavesOf(jsonSchemaOf(schema), '').toSorted())
  })

  test.each(Object.entries(places))('%s', (_key, where) => {
    for (const [file, words] of where)
      expect(readFileSync(file, 'utf8').includes(words), `${file}: ${words}`).toBe(true)
  })
})

/** Keys that hold a value: sections are shown by what is in them. */
function leavesOf(schema: JsonSchema, prefix: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, part]) => {
    const name = prefix + key
    const named = typeof part.additionalProperties === 'object' ? part.additionalProperties : {}
    const below = [
      ...leavesOf(part, `${name}.`),
      ...leavesOf(part.items ?? {}, `${name}[].`),
      ...leavesOf(named, `${name}.NAME.`),
    ]
    return below.length === 0 ? [name] : below
  })
}
