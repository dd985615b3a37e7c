import type { Secret } from '../lib/secret.ts'
import type { SmsConfig } from './gateway-config.ts'
import type { GatewayFile } from './gateway-schema.ts'

/** How text messages go out, with the secret that the file refers to. */
export function smsOf({ sms }: GatewayFile, secret: Secret | null): SmsConfig {
  const { transport: kind, twilio, webhook, defaultCountry = null } = sms
  const countries = sms.countries ?? (defaultCountry === null ? [] : [defaultCountry])
  const rest = { defaultCountry, countries }
  if (kind === 'off' || kind === 'mailbox') return { transport: { kind }, ...rest }
  if (secret !== null && twilio !== undefined)
    return { transport: { ...twilio, kind: 'twilio', token: secret }, ...rest }
  if (secret !== null && webhook !== undefined)
    return { transport: { kind: 'webhook', url: webhook.url, secret }, ...rest }
  return { transport: { kind: 'off' }, ...rest } // a secret that could not be read is a problem of its own: nothing is compiled
}
