import { raw } from 'hono/html'
import type { Refusal } from '../http/answer.ts'
import type { Html } from '../http/layout.ts'
import type { RequestHead } from '../lib/request-head.ts'
import { type FramePage, refusalPage } from './page-writer.ts'
import type { VisitOf } from './visit.ts'

export type ShowRefusal = (refusal: Refusal, head: RequestHead, receipt: string) => Html

/**
 * The page of a refused request on application hosts. Anybody can ask for it as often as they like, and nothing differs but the receipt:
 * it is made once for each cause and language. `frame`: one whose pages say nothing of the request.
 */
export function createRefusalPages(visitOf: VisitOf, frame: FramePage): ShowRefusal {
  const made = new Map<string, string>()
  return (refusal, head, receipt) => {
    const visit = visitOf(head, receiptPlace)
    const key = `${visit.language} ${refusal.code} ${refusal.status}`
    const known = made.get(key)
    if (known !== undefined) return filled(known, receipt)
    const page = frame(visit, refusalPage(visit, refusal))
    // Nothing in this page is waited for; the type of a template allows it.
    if (page instanceof Promise) return page.then(text => filled(String(text), receipt))
    made.set(key, String(page))
    return filled(String(page), receipt)
  }
}

/** Of the private use area (Unicode 23.5): no text of a page holds it. */
const receiptPlace = '\ue000'

/** A receipt is of our own making, digits, letters and a hyphen: there is nothing to escape. */
function filled(page: string, receipt: string) {
  return raw(page.replaceAll(receiptPlace, () => receipt))
}
