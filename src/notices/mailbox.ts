import type { Clock } from '../lib/clock.ts'
import type { Transport } from './outbox.ts'
import type { RenderedMail } from './render.ts'
import type { SmsTransport } from './sms.ts'

/** The development mailbox: mails are kept in memory and shown on the portal's `/mailbox` instead of being sent. */
export interface Mailbox extends Transport {
  /** Newest first. */
  list(): readonly ReceivedMail[]
  find(id: string): ReceivedMail | null
  /** Text messages lie beside the mails. */
  readonly sms: SmsTransport
}

export interface ReceivedMail extends RenderedMail {
  readonly id: string
  readonly receivedAt: number
}

const mailsMax = 500

export function createMailbox(clock: Clock): Mailbox {
  const mails: ReceivedMail[] = []
  let counter = 0
  const send: Mailbox['send'] = async (mail, handOver) => {
    if (!(await handOver())) return { kind: 'not_ours' }
    counter += 1
    mails.unshift({ ...mail, id: String(counter), receivedAt: clock.now() })
    mails.length = Math.min(mails.length, mailsMax)
    return { kind: 'taken', answer: 'development mailbox' }
  }
  return {
    send,
    sms: {
      send: ({ to, text, language, id }, ...more) =>
        send(
          { to, text, language, subject: `SMS: ${text.split('\n')[0]}`, html: '', messageId: `<${id}@sms>` },
          ...more,
        ),
    },
    list: () => mails,
    find: id => mails.find(mail => mail.id === id) ?? null,
  }
}
