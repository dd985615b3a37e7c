import * as z from 'zod'
import { parseAddress } from '../lib/address.ts'
import type { UpstreamAddress } from './gateway-config.ts'
import { duration, filePath, isHostName, plainText, shaped, slug, whole, written } from './values.ts'

const upstreamAddress = written(
  'http://HOST:PORT, https://HOST:PORT or unix:/PATH; write no path behind the port',
  readUpstreamAddress,
)

const upstream = z
  .strictObject({
    addresses: z
      .array(upstreamAddress)
      .min(1, { error: 'at least one address; add one' })
      .max(64)
      .meta({ description: 'Where it listens. Several are used in turn; one that fails is left out for a while.' }),
    audience: plainText('an audience')
      .optional()
      .meta({ description: '`aud` of its identity tokens. Default: the name of the upstream.' }),
    timeouts: z
      .strictObject({
        connect: duration('1ms', '5m').prefault('2s').meta({ description: 'Until a connection stands.' }),
      })
      .prefault({})
      .meta({ description: 'Time limits of connections.' }),
    connectionsMax: whole(1, 100_000).prefault(20_000).meta({
      description:
        'Connections to each address at a time, event streams and WebSockets included. Further requests wait their turn, at most for `timeouts.head` of their route: then 503.',
    }),
    ca: filePath.optional().meta({
      description:
        'File with the authorities, in PEM, that `https://` addresses are checked against in place of the public ones. Name and chain are always checked.',
    }),
    healthCheck: z
      .strictObject({
        path: shaped('a path such as /healthz; begin it with /', text => /^\/[\x21-\x7e]{0,1023}$/.test(text)).meta({
          description: 'Asked with GET; 200 to 399 is healthy.',
        }),
        interval: duration('100ms', '1h').prefault('5s').meta({ description: 'Between two checks.' }),
        timeout: duration('10ms', '1m')
          .prefault('2s')
          .meta({ description: 'Until an answer counts as none, connecting included.' }),
        unhealthyAfter: whole(1, 100)
          .prefault(3)
          .meta({ description: 'Failures in a row that take an address out, until it is healthy again.' }),
        healthyAfter: whole(1, 100).prefault(1).meta({ description: 'Successes in a row that bring it back.' }),
      })
      .optional()
      .meta({ description: 'Without it, only failing requests take an address out.' }),
  })
  .check(context => {
    const { ca, addresses } = context.value
    if (ca !== undefined && !addresses.some(address => address.kind === 'tcp' && address.secure))
      context.issues.push({
        code: 'custom',
        message: 'an https:// address with it, because nothing else is checked; write one, or leave ca out',
        input: ca,
        path: ['ca'],
      })
  })

export const upstreams = z
  .record(slug, upstream)
  .check(context => {
    if (Object.keys(context.value).length === 0)
      context.issues.push({ code: 'custom', message: 'at least one upstream; add one', input: context.value })
  })
  .meta({ description: 'The applications behind the gateway, by a name that routes refer to.' })

function readUpstreamAddress(text: string): UpstreamAddress | null {
  if (/^unix:\/[^\p{Cc}]{1,100}$/u.test(text)) return { kind: 'unix', path: text.slice('unix:'.length), text }
  const match = /^(https?):\/\/([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::([1-9][0-9]{0,4}))?$/.exec(text)
  if (match === null) return null
  const [, protocol, hostText = '', portText] = match
  const host = hostText.replace(/^\[(.*)\]$/, '$1')
  const port = Number(portText ?? (protocol === 'https' ? 443 : 80))
  const isAddress = parseAddress(host) !== null
  if (port > 65_535 || !(isAddress || (isHostName(host) && !/^[0-9.]+$/.test(host)))) return null
  return { kind: 'tcp', secure: protocol === 'https', host, port, text }
}
