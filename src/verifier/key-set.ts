import { isObject, type Json } from './json.ts'
import type { Time } from './time.ts'

export type Fetch = (
  url: string,
  options: { signal: AbortSignal; redirect: 'error'; headers: Record<string, string> },
) => Promise<Response>

/** Fetches a JWKS; null when the issuer is away, slow, redirects, or sends what is no JSON object of 64 KiB at most. Never throws. */
export async function fetchKeySet(url: string, fetchIt: Fetch, clock: Time): Promise<Json | null> {
  const giveUp = new AbortController()
  const cancel = clock.after(timeoutMs, () => giveUp.abort())
  try {
    const headers = { accept: 'application/jwk-set+json, application/json' }
    const response = await fetchIt(url, { signal: giveUp.signal, redirect: 'error', headers })
    const text = response.status === 200 ? await readText(response) : null
    const value: unknown = text === null ? null : JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    return null // whatever went wrong, the answer is the same: keep what is known and try again later
  } finally {
    cancel()
  }
}

const timeoutMs = 2_000
const bodyBytesMax = 64 * 1024

async function readText(response: Response): Promise<string | null> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength
    if (length > bodyBytesMax) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
