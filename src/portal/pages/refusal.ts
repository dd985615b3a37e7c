import { html } from 'hono/html'
import type { Refusal } from '../../http/answer.ts'
import type { Html } from '../../http/layout.ts'
import type { Words } from '../words/en.ts'
import { receiptLine } from './parts.ts'

/** The page of a fault, or of a request that a gate refused: one sentence, a receipt, a way out. */
export function refusalContent(words: Words, refusal: Refusal, receipt: string): Html {
  return html`<h1>${words.faultTitle}</h1>
<p>${sentence(words, refusal)}</p>
<p><a href="/">${words.startPage}</a></p>
${receiptLine(words, receipt)}`
}

function sentence({ faults }: Words, { code, status }: Refusal): string {
  switch (code) {
    case 'too_many':
      return faults.too_many
    case 'refused':
    case 'sign_in_required':
      return faults.refused
    case 'busy':
      return faults.busy
    case 'not_found':
      return faults.not_found
    case 'method_not_allowed':
      return faults.method_not_allowed
    case 'upstream_unreachable':
    case 'upstream_broken':
    case 'upstream_timeout':
      return faults.upstream
    default:
      if (status === 503) return faults.unavailable
      return status < 500 ? faults.bad_request : faults.internal
  }
}

/** After all proofs: the person is who they say, and still may not enter. Which rule spoke is the administrator's business. */
export function refusedContent(words: Words, receipt: string): Html {
  return html`<h1>${words.refused.title}</h1>
<p>${words.refused.lead}</p>
<p>${words.refused.whom}</p>
<p><a href="/sign-in">${words.refused.other}</a></p>
${receiptLine(words, receipt)}`
}
