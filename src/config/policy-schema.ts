import * as z from 'zod'
import { rateKeys } from './limits-schema.ts'
import { roles } from './roles.ts'
import { identityHeaders } from './route.ts'
import { emailDomains, sso } from './sso-schema.ts'
import {
  duration,
  durationOrNever,
  emailAddress,
  flag,
  hostPattern,
  instant,
  networkText,
  origin,
  plainText,
  shaped,
  size,
  slug,
} from './values.ts'

// Every key of the files in policies/ but the tests. docs/config.md and gateway.schema.json are made from here.

const path = shaped(
  'a path such as /admin, as it is forwarded; begin it with /, and leave out //, dot segments, %, ?, #, ; and \\',
  isRoutePath,
)

const authnContext = shaped(
  'an AuthnContext class such as urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken, 255 characters at most; copy it from the identity provider',
  text => /^[a-z][a-z0-9+.-]*:[^\s<>"'\\^`{|}]{1,250}$/i.test(text) && text.length <= 255,
)

export const routeSchema = z
  .strictObject({
    name: slug.meta({ description: 'Name in logs, metrics and explanations.' }),
    hosts: z.array(hostPattern).min(1, { error: 'at least one host; add one' }).max(100).meta({
      description:
        'Hosts it answers for. `*.example.com` holds names one label longer that are not named themselves; sign-ins lead to each of them, so each has to lead to the gateway.',
    }),
    prefix: path.optional().meta({
      description:
        'Paths it answers for: `/public/` what lies below it, `/admin` itself and what lies below it. The longest wins.',
    }),
    exact: path
      .optional()
      .meta({ description: 'The one path it answers for, instead of `prefix`. Beats every prefix.' }),
    upstream: slug.meta({ description: 'Name of the upstream in gateway.yaml.' }),
    access: z
      .enum(['public', 'signed-in'])
      .meta({ description: 'Whether everyone may enter, or only people who signed in.' }),
    identity: z.enum(['optional']).optional().meta({
      description:
        'On a public route: say who it is when somebody is signed in and every other gate lets them through.',
    }),
    roles: roles.optional().meta({ description: 'Any of these roles is needed.' }),
    secondFactor: flag.prefault(false).meta({ description: 'A second factor is needed.' }),
    secondFactorContexts: z.array(authnContext).max(8).prefault([]).meta({
      description:
        'AuthnContext classes of an identity provider that count as a second factor here, for people with single sign-on: one of them is asked for. Without any the route is closed to them.',
    }),
    recentSignIn: duration('1m', '30d').optional().meta({ description: 'The last proof may be no older.' }),
    networks: z
      .array(networkText)
      .max(100_000)
      .optional()
      .meta({ description: 'Networks that clients must come from. An empty list lets nobody in.' }),
    limits: z
      .strictObject({
        ...rateKeys,
        per: z.enum(['address', 'account', 'route']).prefault('route').meta({ description: 'Who shares one budget.' }),
      })
      .optional()
      .meta({ description: 'A budget of requests of its own.' }),
    timeouts: z
      .strictObject({
        head: duration('1ms', '1h')
          .prefault('30s')
          .meta({ description: 'From the end of a request to the head of its answer.' }),
        bodyIdle: durationOrNever('24h').prefault('5m').meta({ description: 'Between two pieces of an answer.' }),
        tunnelIdle: durationOrNever('24h').prefault('10m').meta({ description: 'Of silence on a WebSocket.' }),
      })
      .prefault({})
      .meta({ description: 'Time limits.' }),
    bodyLimit: size('64GiB').prefault('100MiB').meta({ description: 'Largest request body.' }),
    identityHeaders: z
      .array(z.enum(identityHeaders))
      .max(identityHeaders.length)
      .prefault([])
      .meta({ description: 'Plain identity fields that the upstream is told, beside the signed token.' }),
    tokenAs: z
      .enum(['header', 'bearer', 'none'])
      .prefault('header')
      .meta({ description: 'Signed token in its own field, as `Authorization: Bearer`, or not at all.' }),
    websocket: flag.prefault(false).meta({ description: 'WebSockets may be opened.' }),
    origins: z
      .array(origin)
      .max(100)
      .prefault([])
      .meta({ description: 'Other origins whose pages may open WebSockets and read our own answers.' }),
    passAuthorization: flag
      .prefault(false)
      .meta({ description: 'The client’s own Authorization field is handed on; else it is removed.' }),
    preserveHost: flag.prefault(true).meta({ description: 'The upstream sees the Host that the client named.' }),
    cacheable: flag
      .prefault(false)
      .meta({ description: 'Answers keep their own caching rules; else nobody but the browser may keep them.' }),
  })
  .check(context => {
    const route = context.value
    const refuse = (key: string, message: string) =>
      context.issues.push({ code: 'custom', message, input: route, path: [key] })
    if ((route.prefix === undefined) === (route.exact === undefined))
      context.issues.push({ code: 'custom', message: 'exactly one of prefix and exact; keep one', input: route })
    if (route.access === 'signed-in' && route.identity !== undefined)
      refuse('identity', 'identity only on a public route, because here it is always known; remove it')
    if (route.access === 'public')
      for (const key of ['roles', 'recentSignIn'] as const)
        if (route[key] !== undefined)
          refuse(
            key,
            `no demand on people on a public route, where nobody has to be known; remove ${key} or write access: signed-in`,
          )
    if (route.access === 'public' && route.secondFactor)
      refuse(
        'secondFactor',
        'no demand on people on a public route, where nobody has to be known; remove it or write access: signed-in',
      )
    if (route.secondFactorContexts.length > 0 && !route.secondFactor)
      refuse(
        'secondFactorContexts',
        'contexts where a second factor is needed; write secondFactor: true or remove them',
      )
    if (route.tokenAs === 'bearer' && route.passAuthorization)
      refuse('passAuthorization', 'one thing in Authorization: the token or what the client sent; keep one')
  })

export const routesSchema = z.strictObject({
  kind: z.literal('routes').meta({ description: 'This file holds routes.' }),
  routes: z.array(routeSchema).max(10_000).meta({ description: 'The routes; their order means nothing.' }),
})

export const organizationSchema = z.strictObject({
  kind: z.literal('organization').meta({ description: 'This file holds one organization.' }),
  slug: slug.meta({ description: 'Its name in addresses: /org/SLUG.' }),
  name: plainText('a name', 120).meta({ description: 'Its name on pages and in mails.' }),
  networks: z
    .array(
      z.strictObject({
        network: networkText.meta({ description: 'A network or a single address.' }),
        comment: plainText('a comment').optional().meta({ description: 'What it is.' }),
      }),
    )
    .max(100_000)
    .optional()
    .meta({ description: 'Networks its people must come from. An empty list lets nobody in.' }),
  networksMode: z
    .enum(['enforce', 'report'])
    .prefault('enforce')
    .meta({ description: '`report` only notes what would have been refused.' }),
  exemptions: z
    .array(
      z.strictObject({
        email: emailAddress.meta({ description: 'Who is exempt from `networks`.' }),
        reason: plainText('a reason').meta({ description: 'Why.' }),
        until: instant.optional().meta({ description: 'Until when.' }),
      }),
    )
    .max(10_000)
    .prefault([])
    .meta({ description: 'People who may come from anywhere.' }),
  secondFactor: z
    .strictObject({
      roles: roles.optional().meta({ description: 'Who needs one. Default: everyone.' }),
      from: instant.optional().meta({ description: 'From when on. Default: always.' }),
    })
    .optional()
    .meta({ description: 'Demands a second factor.' }),
  devices: z
    .enum(['any', 'approved-mobile', 'approved'])
    .prefault('any')
    .meta({ description: 'Devices that may be used: any, mobile ones only when approved, or approved ones only.' }),
  emailDomains,
  sso,
  signIn: z
    .strictObject({
      emailedCodes: flag
        .prefault(false)
        .meta({ description: 'People may sign in with a mailed code instead of their password.' }),
      codeOnUnknownDevice: flag.prefault(false).meta({
        description:
          'Without a second factor, a mailed code is asked for on every device that an account does not know.',
      }),
    })
    .prefault({})
    .meta({ description: 'How its people sign in.' }),
  sessions: z
    .strictObject({
      idle: duration('1m', '90d').optional().meta({ description: 'Shorter than `sessions.idle` of gateway.yaml.' }),
      absolute: duration('1m', '365d')
        .optional()
        .meta({ description: 'Shorter than `sessions.absolute` of gateway.yaml.' }),
    })
    .prefault({})
    .meta({ description: 'Shorter sessions.' }),
})

export type RoutesInput = z.input<typeof routesSchema>
export type RouteFile = z.output<typeof routeSchema>
export type OrganizationInput = z.input<typeof organizationSchema>
export type OrganizationFile = z.output<typeof organizationSchema>

/** What can be the beginning of a canonical path: anything else would be a rule that never speaks. */
function isRoutePath(text: string): boolean {
  if (!/^\/[A-Za-z0-9._~!$&'()*+,=:@/-]{0,1023}$/.test(text)) return false
  const segments = text.split('/').slice(1)
  return segments.every(
    (segment, i) => segment !== '.' && segment !== '..' && (segment !== '' || i === segments.length - 1),
  )
}
