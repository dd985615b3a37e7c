import type { GatewayConfig, SmtpConfig } from '../config/gateway-config.ts'
import { createMailbox, type Mailbox } from '../notices/mailbox.ts'
import { createOutbox, type Transport } from '../notices/outbox.ts'
import { renderMail } from '../notices/render.ts'
import { createSmtpTransport } from '../notices/smtp.ts'
import type { Rooms } from './rooms.ts'

export interface Mailing {
  /** Where mails are shown instead of being sent; null when they are sent. */
  readonly mailbox: Mailbox | null
  close(): Promise<void>
}

/** The way out for notices, as configured at the start: a changed mail server needs a restart. */
export function openMailing({ store, clock, journal, worker }: Rooms, config: GatewayConfig): Mailing {
  const { transport: kind, productName } = config.mail
  const mailbox = kind.kind === 'mailbox' ? createMailbox(clock) : null
  const sender = { productName, portalOrigin: config.portal.origin, support: config.pages.support ?? '' }
  const outbox = createOutbox({
    store: store.outbox,
    transport: kind.kind === 'mailbox' ? (mailbox ?? createMailbox(clock)) : smtp(kind, config),
    render: mail => renderMail(mail, sender),
    clock,
    journal,
    worker,
  })
  return { mailbox, close: () => outbox.close() }
}

function smtp(server: SmtpConfig, config: GatewayConfig): Transport {
  return createSmtpTransport({
    host: server.host,
    port: server.port,
    tls: server.tls === 'starttls' ? 'required' : server.tls,
    ...(server.user === null ? {} : { user: server.user }),
    ...(server.password === null ? {} : { password: server.password }),
    from: { name: config.mail.productName, address: config.mail.from },
  })
}
