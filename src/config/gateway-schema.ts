import * as z from 'zod'
import { limits } from './limits-schema.ts'
import { listenForPeople, listenHere, trustedProxies } from './listen-schema.ts'
import { passkeys } from './passkeys-schema.ts'
import { passwords } from './passwords-schema.ts'
import { places, signInNotices } from './sign-in-notices-schema.ts'
import { signIn } from './sign-in-schema.ts'
import { outgoing, sms } from './sms-schema.ts'
import { upstreams } from './upstream-schema.ts'
import {
  duration,
  emailAddress,
  filePath,
  flag,
  hostName,
  origin,
  plainText,
  secretReference,
  shaped,
  whole,
} from './values.ts'

// Every key of gateway.yaml, with what it means and what stands when it is left out. docs/config.md and gateway.schema.json are made
// from here. A key that is not named here is an error.

const portal = z.strictObject({
  origin: origin.meta({
    description: 'Public origin of the portal. Every link and redirect is made from it, never from a request.',
    examples: ['https://auth.example.com'],
  }),
  host: hostName
    .optional()
    .meta({ description: 'Host name under which requests for the portal arrive. Default: that of `origin`.' }),
})

const operator = z.strictObject({
  listen: listenHere.prefault({ port: 9901 }).meta({
    description:
      'Listener of health, metrics and the operators’ API. Default: 127.0.0.1:9901. Anything but loopback needs `token`.',
  }),
  socket: filePath
    .optional()
    .meta({ description: 'Unix socket that the CLI speaks to. Default: `operator.sock` in `dataDir`.' }),
  token: secretReference.optional().meta({ description: 'Bearer token that the operators’ API asks for.' }),
})

const sessions = z
  .strictObject({
    idle: duration('1m', '90d')
      .prefault('24h')
      .meta({ description: 'A session ends after so long without a request.' }),
    absolute: duration('1m', '365d').prefault('30d').meta({ description: 'It ends after so long in any case.' }),
  })
  .check(context => {
    if (context.value.idle > context.value.absolute)
      context.issues.push({
        code: 'custom',
        message: 'idle to be no longer than absolute; shorten it',
        input: context.value,
        path: ['idle'],
      })
  })

const identityToken = z.strictObject({
  issuer: origin.optional().meta({ description: '`iss` of the tokens. Default: `portal.origin`.' }),
  algorithm: z.enum(['ES256', 'EdDSA']).prefault('ES256').meta({
    description: 'Signature algorithm of new keys. The second rotation after a change signs with it.',
  }),
  header: shaped('a field name such as X-Auth-Token; write letters, digits and hyphens', text =>
    /^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(text),
  )
    .prefault('X-Auth-Token')
    .meta({ description: 'Field that carries the token to upstreams.' }),
  lifetimeSeconds: whole(5, 60).prefault(60).meta({ description: 'How long a token is valid.' }),
})

const mail = z
  .strictObject({
    transport: z.enum(['mailbox', 'smtp']).meta({
      description:
        '`mailbox` sends none, for development: with `development.insecureCookies` the portal shows them to anybody at /mailbox.',
    }),
    smtp: z
      .strictObject({
        host: hostName.meta({ description: 'Mail server.' }),
        port: whole(1, 65_535).prefault(587).meta({ description: 'Its port.' }),
        tls: z
          .enum(['starttls', 'implicit', 'off'])
          .prefault('starttls')
          .meta({ description: '`starttls` is demanded, not tried; `off` is for a server on the same machine.' }),
        user: plainText('a user name').optional().meta({ description: 'User name, where the server asks for one.' }),
        password: secretReference.optional().meta({ description: 'Its password.' }),
      })
      .optional()
      .meta({ description: 'The mail server, with `transport: smtp`.' }),
    from: emailAddress.meta({ description: 'Sender of all mails.' }),
    productName: plainText('a name', 60)
      .optional()
      .meta({ description: 'Name in mails. Default: `pages.productName`.' }),
  })
  .check(context => {
    const { transport, smtp } = context.value
    if ((transport === 'smtp') !== (smtp !== undefined))
      context.issues.push({
        code: 'custom',
        message: 'smtp: {...} with transport: smtp, and only then; add the one or change the other',
        input: context.value,
      })
  })

const pages = z.strictObject({
  languages: z
    .array(z.enum(['en', 'ja']))
    .min(1, { error: 'at least one language; add en or ja' })
    .max(2)
    .prefault(['en', 'ja'])
    .meta({ description: 'Languages of pages and mails; the first is the fallback.' }),
  accent: shaped('a colour such as "#2f5bd7"; write # and six digits of 0-9 and a-f, in quotes', text =>
    /^#[0-9a-f]{6}$/.test(text),
  )
    .prefault('#2f5bd7')
    .meta({ description: 'Accent colour.' }),
  productName: plainText('a name', 60).prefault('Sekisho').meta({ description: 'Name that people know this by.' }),
  support: plainText('a sentence or an address')
    .optional()
    .meta({ description: 'Whom to ask for help, as pages show it.' }),
})

const log = z.strictObject({
  level: z
    .enum(['debug', 'info', 'warn', 'error'])
    .prefault('info')
    .meta({ description: 'Least level that is written.' }),
  file: filePath.optional().meta({ description: 'File to write to, opened anew on SIGHUP. Default: standard output.' }),
})

export const gatewaySchema = z.strictObject({
  listen: listenForPeople.meta({ description: 'Where people’s requests arrive.' }),
  portal: portal.meta({ description: 'The host of sign-in, account and administration.' }),
  operator: operator.prefault({}).meta({ description: 'The operators’ surface.' }),
  dataDir: filePath
    .prefault('data')
    .meta({ description: 'Folder of everything that is kept. Relative paths begin at the folder of this file.' }),
  rootKey: secretReference
    .optional()
    .meta({ description: '32 random bytes in base64url. Default: `root.key` in `dataDir`, made on the first start.' }),
  trustedProxies: trustedProxies.prefault({}).meta({ description: 'Proxies in front of the gateway. Default: none.' }),
  upstreams,
  sessions: sessions
    .prefault({})
    .meta({ description: 'How long people stay signed in. Sessions keep the limits that they were opened with.' }),
  signInNotices: signInNotices.prefault({}).meta({
    description:
      'Which sign-ins are told by mail. Those from devices that the account does not know always are; try changes with `sekisho notices preview`.',
  }),
  places: places.prefault({}).meta({ description: 'Where addresses are.' }),
  identityToken: identityToken
    .prefault({})
    .meta({ description: 'The signed token that tells upstreams who is asking.' }),
  mail: mail.meta({ description: 'How mails go out.' }),
  sms: sms
    .prefault({})
    .meta({ description: 'Text messages, as a second factor that is restricted (NIST SP 800-63B-4).' }),
  outgoing: outgoing.prefault({}).meta({ description: 'What may be reached where the gateway itself asks others.' }),
  limits: limits.prefault({}).meta({ description: 'Limits on traffic and on failed sign-ins.' }),
  signIn: signIn.prefault({}).meta({ description: 'What a sign-in asks for.' }),
  passwords: passwords.prefault({}).meta({ description: 'What is asked of passwords, and how they are kept.' }),
  passkeys: passkeys.prefault({}).meta({ description: 'Passkeys, which belong to `portal.origin`.' }),
  pages: pages.prefault({}).meta({ description: 'How pages look and speak.' }),
  development: z
    .strictObject({
      insecureCookies: flag.prefault(false).meta({
        description: 'Cookies over plain HTTP; only with a portal on http://localhost or http://*.localhost.',
      }),
    })
    .prefault({})
    .meta({ description: 'What must never be set in production.' }),
  log: log.prefault({}).meta({ description: 'The log: one JSON line per event.' }),
  ownPrefix: shaped(
    'a path such as /.sekisho/; begin and end it with /',
    text => /^\/[A-Za-z0-9._~-]{1,63}\/$/.test(text) && !/^\/\.{1,2}\/$/.test(text),
  )
    .prefault('/.sekisho/')
    .meta({ description: 'The gateway’s own paths on the application’s hosts.' }),
})

export type GatewayInput = z.input<typeof gatewaySchema>
export type GatewayFile = z.output<typeof gatewaySchema>
