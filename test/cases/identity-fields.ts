import type { RecordedRequest } from '../support/recording-upstream.ts'

/** A request of the same person without the fields of the case: what the application must see of who and where they are. */
export interface Baseline {
  readonly request: RecordedRequest
  readonly reserved: readonly string[]
}

/** The forwarded family, folded: nobody but the gateway says these. */
const forwardedFamily = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-server',
  'x-forwarded-prefix',
  'x-forwarded-user',
  'x-forwarded-email',
  'x-real-ip',
]

/** As the most careless backend reads a name: lower case, everything but letters and digits is a dash, runs are one. */
export function foldName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
}

/** Each identity or forwarded field that differs from the baseline: another value, one more, one less. */
export function changedIdentity(request: RecordedRequest, { request: baseline, reserved }: Baseline): string[] {
  const names = new Set([...reserved.map(foldName), ...forwardedFamily])
  return [...names].flatMap(name => {
    const wanted = valuesOf(baseline, name)
    const found = valuesOf(request, name)
    return JSON.stringify(wanted) === JSON.stringify(found)
      ? []
      : [`${name} is ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`]
  })
}

function valuesOf(request: RecordedRequest, folded: string): string[] {
  return request.headers.filter(([name]) => foldName(name) === folded).map(([, value]) => comparable(value))
}

/** A signed token is made anew from time to time: what it says about the person is compared, not its signature and times. */
function comparable(value: string): string {
  const payload = /^(?:Bearer )?[\w-]+\.([\w-]+)\.[\w-]+$/.exec(value)?.[1]
  if (payload === undefined) return value
  const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
  if (typeof claims !== 'object' || claims === null) return value
  const lasting = Object.entries(claims).filter(([name]) => !['iat', 'nbf', 'exp', 'jti'].includes(name))
  return `token ${JSON.stringify(Object.fromEntries(lasting))}`
}
