import type { Ask } from '../http/ask.ts'
import type { Journal } from '../journal/journal.ts'
import type { RecordMaker } from './records.ts'

/** `Ask` as the gateway's own pages are handed it: every refusal is recorded under the receipt that the page shows. */
export function recordRefusals(ask: Ask, records: RecordMaker, journal: Journal): Ask {
  return (entrance, head, about = {}) => {
    const asked = ask(entrance, head, about)
    const { receipt } = about
    if (receipt === undefined) return asked
    const told = (decision: Awaited<typeof asked>) => {
      const { verdict } = decision
      if (verdict.kind === 'deny') journal.refused(records.refusal(receipt, entrance, head, decision), verdict.reason)
      return decision
    }
    return asked instanceof Promise ? asked.then(told) : told(asked)
  }
}
