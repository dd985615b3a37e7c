import type { GatewayConfig, SmsConfig } from '../config/gateway-config.ts'
import { createMailbox, type Mailbox } from '../notices/mailbox.ts'
import { createOutbox, type Transport } from '../notices/outbox.ts'
import { type RenderedMail, renderMail } from '../notices/render.ts'
import { type RenderedSms, renderSms, type SmsTransport } from '../notices/sms.ts'
import { createTwilioTransport, createWebhookTransport, type ProviderNeeds } from '../notices/sms-providers.ts'
import { createSmtpTransport } from '../notices/smtp.ts'
import { createOutgoing } from '../outgoing/outgoing.ts'
import type { Rooms } from './rooms.ts'

export interface Mailing {
  /** Where mails are shown instead of being sent; empty while they are sent. */
  readonly mailbox: Mailbox
  close(): Promise<void>
}

/** The way out for notices. Each goes the way that is configured at its moment: a connection is opened for each anyway. */
export function openMailing({ store, clock, journal, worker, config }: Rooms): Mailing {
  const mailbox = createMailbox(clock)
  const outgoing = createOutgoing({ clock, rules: () => config().outgoing })
  const transport: Transport<RenderedMail | RenderedSms> = {
    send: (rendered, ...more) =>
      'channel' in rendered
        ? smsTransportOf(config().sms, mailbox, { outgoing, clock }).send(rendered, ...more)
        : transportOf(config(), mailbox).send(rendered, ...more),
  }
  const outbox = createOutbox({
    store: store.outbox,
    transport,
    render: ({ notice, ...mail }) => {
      const { languages } = config().pages
      // Somebody may have chosen a language that has been taken away since.
      const language = languages.find(each => each === notice.language) ?? languages[0]
      const render = notice.channel === 'sms' ? renderSms : renderMail
      return render({ ...mail, notice: { ...notice, language } }, senderOf(config()))
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

function smsTransportOf({ transport }: SmsConfig, mailbox: Mailbox, needs: ProviderNeeds): SmsTransport {
  switch (transport.kind) {
    case 'mailbox':
      return mailbox.sms
    case 'twilio':
      return createTwilioTransport(needs, transport)
    case 'webhook':
      return createWebhookTransport(needs, transport)
    case 'off': // switched off while some waited
      return { send: async () => ({ kind: 'never', answer: 'text messages are switched off' }) }
    default:
      return transport satisfies never
  }
}
