import type { GatewayConfig } from '../config/gateway-config.ts'
import { createMailbox, type Mailbox } from '../notices/mailbox.ts'
import { createOutbox, type Transport } from '../notices/outbox.ts'
import { renderMail } from '../notices/render.ts'
import { createSmtpTransport } from '../notices/smtp.ts'
import type { Rooms } from './rooms.ts'

export interface Mailing {
  /** Where mails are shown instead of being sent; empty while they are sent. */
  readonly mailbox: Mailbox
  close(): Promise<void>
}

/** The way out for notices. Each mail goes the way that is configured at its moment: a connection is opened for each anyway. */
export function openMailing({ store, clock, journal, worker, config }: Rooms): Mailing {
  const mailbox = createMailbox(clock)
  const outbox = createOutbox({
    store: store.outbox,
    transport: { send: (mail, ...more) => transportOf(config(), mailbox).send(mail, ...more) },
    render: ({ notice, ...mail }) => {
      const { languages } = config().pages
      // Somebody may have chosen a language that has been taken away since.
      const language = languages.find(each => each === notice.language) ?? languages[0]
      return renderMail({ ...mail, notice: { ...notice, language } }, senderOf(config()))
    },
    clock,
    journal,
    worker,
  })
  return { mailbox, close: () => outbox.close() }
}

function senderOf({ mail, portal, pages }: GatewayConfig) {
  return { productName: mail.productName, portalOrigin: portal.origin, support: pages.support ?? '' }
}

function transportOf({ mail: { transport, productName, from } }: GatewayConfig, mailbox: Mailbox): Transport {
  if (transport.kind === 'mailbox') return mailbox
  const { host, port, tls, user, password } = transport
  return createSmtpTransport({
    ...{ host, port },
    tls: tls === 'starttls' ? 'required' : tls,
    ...(user === null ? {} : { user }),
    ...(password === null ? {} : { password }),
    from: { name: productName, address: from },
  })
}
