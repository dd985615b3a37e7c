import * as z from 'zod'
import { flag, networkText, plainText, secretReference, shaped } from './values.ts'

// Text messages, and what may be reached to send them.

const countryCode = shaped('a country calling code such as "+81"; write + and its digits, in quotes', text =>
  /^\+[1-9][0-9]{0,2}$/.test(text),
)

const address = shaped(
  'a whole address such as https://api.example.com/sms; write scheme, host and, if need be, port and path',
  text => /^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).username === '',
)

const phoneNumber = shaped('a sender such as "+815012345678" or a name of up to 11 letters', text =>
  /^(?:\+[1-9][0-9]{6,14}|[A-Za-z0-9 ]{1,11})$/.test(text),
)

export const sms = z
  .strictObject({
    transport: z.enum(['off', 'mailbox', 'twilio', 'webhook']).prefault('off').meta({
      description:
        'How text messages go out. `off`: phones are offered to nobody. `mailbox`: shown beside the mails at /mailbox, for development.',
    }),
    defaultCountry: countryCode.optional().meta({
      description:
        'Country of numbers that are written without one, such as 090-1234-5678 with `"+81"`. Default: people write the whole number.',
    }),
    countries: z.array(countryCode).max(250).optional().meta({
      description:
        'Countries that messages are sent to. Others are refused: far countries and premium numbers are where somebody else’s fraud is paid. Default: `defaultCountry` alone.',
    }),
    twilio: z
      .strictObject({
        baseUrl: address.prefault('https://api.twilio.com').meta({ description: 'Where it speaks as Twilio does.' }),
        accountSid: plainText('an account', 64).meta({ description: 'Account that sends.' }),
        token: secretReference.meta({ description: 'Its token.' }),
        from: phoneNumber.meta({ description: 'Number or name that the messages come from.' }),
      })
      .optional()
      .meta({ description: 'The provider, with `transport: twilio`.' }),
    webhook: z
      .strictObject({
        url: address.meta({ description: 'Gets each message as JSON: `to`, `text` and `id`.' }),
        secret: secretReference.meta({ description: 'Key of the signature in `Sekisho-Signature`.' }),
      })
      .optional()
      .meta({ description: 'An address of your own, with `transport: webhook`.' }),
  })
  .check(context => {
    const { transport, twilio, webhook, countries, defaultCountry } = context.value
    const complain = (message: string) => context.issues.push({ code: 'custom', message, input: context.value })
    if ((transport === 'twilio') !== (twilio !== undefined))
      complain('twilio: {...} with transport: twilio, and only then; add the one or change the other')
    if ((transport === 'webhook') !== (webhook !== undefined))
      complain('webhook: {...} with transport: webhook, and only then; add the one or change the other')
    if (transport !== 'off' && countries === undefined && defaultCountry === undefined)
      complain('defaultCountry or countries, because messages are sent to named countries alone; add one of them')
  })

export const outgoing = z.strictObject({
  privateNetworks: z.array(networkText).max(100).prefault([]).meta({
    description: 'Networks that are not public and may be reached all the same, such as that of a relay of your own.',
  }),
  plainHttp: flag.prefault(false).meta({ description: 'Allows http:// besides https://, inside your own network.' }),
})
