import { createHmac } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import type { Secret } from '../lib/secret.ts'
import type { Outgoing, OutgoingAnswer, OutgoingRequest } from '../outgoing/outgoing.ts'
import type { Delivery } from './outbox.ts'
import { deliveryOf, type RenderedSms, type SmsTransport } from './sms.ts'

export interface ProviderNeeds {
  readonly outgoing: Outgoing
  readonly clock: Clock
}

export interface TwilioAccount {
  readonly baseUrl: string
  readonly accountSid: string
  readonly token: Secret
  readonly from: string
}

/** A provider that speaks as Twilio does: form in, JSON out, Basic authentication. */
export function createTwilioTransport(
  needs: ProviderNeeds,
  { baseUrl, accountSid, token, from }: TwilioAccount,
): SmsTransport {
  const basic = Buffer.from(`${accountSid}:${token.reveal()}`, 'utf8').toString('base64')
  return create(needs, ({ to, text }) => ({
    method: 'POST',
    url: `${baseUrl.replace(/\/+$/, '')}/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/Messages.json`,
    headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ To: to, From: from, Body: text }).toString(),
  }))
}

export interface WebhookAccount {
  readonly url: string
  readonly secret: Secret
}

/**
 * Our own JSON to an address of the operator's. `Sekisho-Signature: t=<seconds>,v1=<hex>` is HMAC-SHA256 over "<seconds>.<body>": the
 * receiver compares it and refuses what is older than five minutes. `Idempotency-Key` stays the same over all tries of one message.
 */
export function createWebhookTransport(needs: ProviderNeeds, { url, secret }: WebhookAccount): SmsTransport {
  return create(needs, ({ to, text, id }) => {
    const body = JSON.stringify({ to, text, id })
    const seconds = Math.floor(needs.clock.now() / 1000)
    const mac = createHmac('sha256', secret.reveal()).update(`${seconds}.${body}`).digest('hex')
    const headers = {
      'content-type': 'application/json',
      'idempotency-key': id,
      'sekisho-signature': `t=${seconds},v1=${mac}`,
    }
    return { method: 'POST', url, headers, body }
  })
}

function create({ outgoing, clock }: ProviderNeeds, requestOf: (sms: RenderedSms) => OutgoingRequest): SmsTransport {
  return {
    async send(sms, handOver, stop) {
      if (sms.expiresAt !== null && clock.now() >= sms.expiresAt)
        return { kind: 'never', answer: 'the code has expired' }
      return deliveryFrom(await outgoing.send({ ...requestOf(sms), handOver, stop }))
    },
  }
}

function deliveryFrom(answer: OutgoingAnswer): Delivery {
  switch (answer.kind) {
    case 'answered':
      return deliveryOf(answer.status, `${answer.status} ${nameIn(answer.body)}`.trim())
    case 'not_sent':
    case 'refused': // by our own rules: an operator mends them, and the message goes out then
      return { kind: 'not_now', answer: answer.why }
    case 'lost':
      return { kind: 'unknown', answer: answer.why }
    case 'withheld':
      return { kind: 'not_ours' }
    default:
      return answer satisfies never
  }
}

/** The provider's own name for the message, or its code for what was wrong: never its words, which may repeat the message. */
function nameIn(body: string): string {
  const found = /"(?:sid|id|code)"\s*:\s*"?([A-Za-z0-9_-]{1,64})"?/.exec(body)
  return found?.[1] ?? ''
}
