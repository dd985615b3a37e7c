import type { Cancel, Clock } from '../lib/clock.ts'
import type { UpstreamAddress } from './upstream-address.ts'

/** Asks every address in turns. Anything below 500 is alive: a checked path may well want a sign-in. */
export function checkHealth(
  addresses: readonly UpstreamAddress[],
  clock: Clock,
  { path, everyMs }: { readonly path: string; readonly everyMs: number },
): Cancel {
  return clock.every(everyMs, () => {
    for (const address of addresses) ask(address, path, Math.min(everyMs, 5000))
  })
}

function ask(address: UpstreamAddress, path: string, headersTimeout: number): void {
  let status = 0
  address.dispatch(
    { method: 'GET', path, headers: ['Host', address.authority], headersTimeout, bodyTimeout: headersTimeout },
    {
      onRequestStart() {},
      onResponseStart(_controller, statusCode) {
        status = statusCode
      },
      onResponseData() {},
      onResponseEnd() {
        if (status >= 500) address.failed('connect')
        else address.succeeded()
      },
      onResponseError: () => address.failed('connect'),
    },
  )
}
