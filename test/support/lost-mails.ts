import type { OutboxMail } from '../../src/notices/outbox-store.ts'
import type { Books } from './books.ts'
import type { Deployment } from './deployment.ts'
import type { Mail, MailSink } from './mail-sink.ts'
import { until } from './until.ts'

export interface MailCount {
  readonly sent: number
  /** Given away by a process that died before it heard the answer. */
  readonly ambiguous: number
}

/** Past the lease of a mail that a dead process had taken (five minutes). */
const aheadMs = 6 * 60_000

/**
 * Starts a gateway whose clock is past the leases of the dead, waits until nothing is left to be sent, and compares what was queued with
 * what arrived: each once, or listed as ambiguous and then at most once.
 */
export async function deliverTheRest(
  deployment: Deployment,
  books: Books,
  sink: MailSink,
): Promise<{ count: MailCount; problems: string[] }> {
  await using _ = await deployment.start('gateway', { aheadMs })
  await until(() => books.count('outbox', "state in ('queued', 'claimed', 'handed_over')") === 0)
  const mails = await books.store.outbox.list('all', 1_000_000)
  const count = {
    sent: mails.filter(({ state }) => state === 'sent').length,
    ambiguous: mails.filter(({ state }) => state === 'ambiguous').length,
  }
  return { count, problems: [...findDoubles(sink.messages), ...findLost(mails, sink.messages)] }
}

/** The same notice goes out under the same Message-ID. */
function findDoubles(messages: readonly Mail[]): string[] {
  const seen = new Set<string>()
  return messages.flatMap(({ parsed, to, subject }) => {
    const id = parsed.messageId ?? 'none'
    if (!seen.has(id)) {
      seen.add(id)
      return []
    }
    return [`delivered twice: "${subject}" to ${to.join()}`]
  })
}

function findLost(mails: readonly OutboxMail[], messages: readonly Mail[]): string[] {
  const recipients = new Set([...mails.map(({ notice }) => notice.to), ...messages.flatMap(({ to }) => to)])
  return [...recipients].flatMap(address => {
    const queued = mails.filter(({ notice }) => notice.to === address)
    const arrived = messages.filter(({ to }) => to.includes(address)).length
    const certain = queued.filter(({ state }) => state === 'sent').length
    const possible = certain + queued.filter(({ state }) => state === 'ambiguous').length
    return arrived >= certain && arrived <= possible && possible === queued.length
      ? []
      : [`${address}: ${queued.map(({ notice, state }) => `${notice.kind} ${state}`).join(', ')}; arrived: ${arrived}`]
  })
}
