import type { Outgoing } from '../outgoing/outgoing.ts'

export type FetchedMetadata =
  | { readonly kind: 'fetched'; readonly document: string }
  | { readonly kind: 'failed'; readonly why: string }

/** As large as any document of one provider; federations of thousands do not belong here. */
const metadataBytesMax = 1024 * 1024

/** One document from its address. What may be reached, for how long and how much, is the business of `outgoing`; no redirect is followed. */
export async function fetchMetadata(outgoing: Outgoing, url: string, stop?: AbortSignal): Promise<FetchedMetadata> {
  const answer = await outgoing.send({
    method: 'GET',
    url,
    headers: { accept: 'application/samlmetadata+xml, application/xml;q=0.9, */*;q=0.1' },
    answerBytesMax: metadataBytesMax,
    ...(stop === undefined ? {} : { stop }),
  })
  switch (answer.kind) {
    case 'answered':
      if (answer.status === 200) return { kind: 'fetched', document: answer.body }
      return { kind: 'failed', why: `it answered ${answer.status}${hintFor(answer.status)}` }
    case 'not_sent':
    case 'refused':
    case 'lost':
      return { kind: 'failed', why: answer.why }
    case 'withheld':
      return { kind: 'failed', why: 'it was not asked' }
    default:
      return answer satisfies never
  }
}

function hintFor(status: number): string {
  return status >= 300 && status < 400 ? ': redirects are not followed, name the address that it leads to' : ''
}

/** What may stand as the address of a document; null when it may. */
export function problemOfAddress(text: string, plainHttp: boolean): string | null {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || text.length > 2_000) return 'it is not an address'
  if (url.protocol !== 'https:' && !(plainHttp && url.protocol === 'http:')) return 'it must be an https address'
  if (url.username !== '' || url.password !== '') return 'it must hold no name and no password'
  return url.hash === '' ? null : 'it must hold no fragment (#)'
}
