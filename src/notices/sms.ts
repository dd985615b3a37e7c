import { createHash } from 'node:crypto'
import type { Delivery, Transport } from './outbox.ts'
import type { OutboxMail } from './outbox-store.ts'
import { wordsFor } from './render.ts'
import type { Sender } from './words.ts'

/** A text message as it goes out. */
export interface RenderedSms {
  readonly channel: 'sms'
  /** E.164. */
  readonly to: string
  readonly text: string
  readonly language: OutboxMail['notice']['language']
  /** The same for each try of the same notice, so that a provider that took it twice can tell. */
  readonly id: string
  /** What it says is worth nothing after this: it is then no longer sent. */
  readonly expiresAt: number | null
}

/** The words of the notice, and under them the line by which a phone fills the code in on our own page alone (WICG "sms-one-time-codes"). */
export function renderSms({ id, createdAt, notice }: OutboxMail, sender: Sender): RenderedSms {
  const { code, expiresAt } = notice.facts
  const { lead } = wordsFor(notice, sender)
  const bound = code === undefined ? '' : `\n\n@${new URL(sender.portalOrigin).hostname} #${code}`
  return {
    channel: 'sms',
    to: notice.to,
    text: `${lead}${bound}`,
    language: notice.language,
    id: createHash('sha256').update(`sms ${id} ${createdAt} ${notice.to}`).digest('hex').slice(0, 32),
    expiresAt: typeof expiresAt === 'number' ? expiresAt : null,
  }
}

export type SmsTransport = Transport<RenderedSms>

/** What the answer of a provider means for the outbox, once a message was given to it. */
export function deliveryOf(status: number, answer: string): Delivery {
  if (status >= 200 && status < 300) return { kind: 'taken', answer }
  if (status >= 400 && status < 500 && status !== 429) return { kind: 'never', answer }
  return { kind: 'not_now', answer }
}
