import * as z from 'zod'
import { stuffing } from './stuffing-schema.ts'
import { flag, readRate, whole, written } from './values.ts'
import { wireLimits } from './wire-limits-schema.ts'

// The limits of gateway.yaml, and the rates that routes are written with.

const expectedRate = 'a rate such as 600/1m or 20/1h; write a number, /, and a duration'

/** `20/1h`: so many tries in so long. */
function tries(standard: string, description: string) {
  return written(expectedRate, text => {
    const rate = readRate(text)
    return rate === null ? null : { triesMax: rate.count, windowMs: rate.windowMs }
  })
    .prefault(standard)
    .meta({ description })
}

const burstSize = whole(1, 1_000_000)

export const rateKeys = {
  rate: written(expectedRate, readRate).meta({ description: 'So many in so long, evenly.', examples: ['600/1m'] }),
  burst: burstSize
    .optional()
    .meta({ description: 'How many of them at once after a time of rest. Default: a quarter of the rate.' }),
}

export function readBudget(budget: { rate: { count: number; windowMs: number }; burst?: number | undefined }) {
  const { rate, burst } = budget
  return { quota: rate.count, windowMs: rate.windowMs, burst: burst ?? Math.max(1, Math.ceil(rate.count / 4)) }
}

const trafficBudget = z.strictObject({
  ...rateKeys,
  off: flag.prefault(false).meta({ description: 'true switches this budget off.' }),
})

function traffic(rate: string, burst: number, description: string) {
  return trafficBudget
    .extend({
      rate: rateKeys.rate.prefault(rate),
      burst: burstSize.prefault(burst).meta({ description: 'How many of them at once after a time of rest.' }),
    })
    .prefault({})
    .transform(budget => (budget.off ? null : readBudget(budget)))
    .meta({ description })
}

export const limits = z.strictObject({
  ...wireLimits,
  traffic: z
    .strictObject({
      address: traffic('600/1m', 200, 'Requests of one address (IPv6: one /64) without a live session.'),
      addressWithSession: traffic(
        '30000/1m',
        5000,
        'With a live session: a flood cap, so that an office is not punished.',
      ),
      account: traffic('3000/1m', 600, 'Requests of one account.'),
      organization: traffic('120000/1m', 20_000, 'Requests of one organization.'),
      keysMax: whole(100, 10_000_000)
        .prefault(100_000)
        .meta({ description: 'Addresses, accounts and so on that are counted at a time, each.' }),
    })
    .prefault({})
    .meta({ description: 'Budgets of ordinary traffic. When the rate is spent, requests get 429.' }),
  signIn: z
    .strictObject({
      address: tries('30/1h', 'Distinct accounts that may fail from one address.'),
      prefix: tries('300/1h', 'Distinct accounts that may fail from one /48 of IPv6.'),
      account: tries('20/1h', 'Failed tries at one account from unknown devices.'),
      accountKnownDevice: tries('10/15m', 'Failed tries at one account from devices that it knows.'),
      pair: tries('10/1h', 'Failed tries at one account from one address.'),
      consecutiveFailuresMax: whole(2, 100).prefault(100).meta({
        description:
          'Failures in a row at one account until a success, of passwords and of codes each (NIST SP 800-63B-4: at most 100); half of them from devices that it knows.',
      }),
      codesPerAttempt: tries('5/1h', 'Wrong second-factor codes within one attempt.'),
      codesPerAccount: tries('20/1h', 'Wrong second-factor codes of one account.'),
      resetMailsPerAccount: tries('3/1h', 'Reset mails to one account, and mailed codes, each.'),
      resetMailsKnown: tries(
        '3/1h',
        'Reset mails to one account that are asked for on a device that it knows, from an address that it signed in from lately, or by the link of a reset campaign’s mail.',
      ),
      resetMailsPerAddress: tries(
        '20/1h',
        'Reset mails asked for by one address, and mailed codes, each; not those that a campaign’s mail leads to.',
      ),
      keysMax: whole(100, 10_000_000)
        .prefault(50_000)
        .meta({ description: 'Names and addresses counted at a time, each.' }),
    })
    .prefault({})
    .meta({ description: 'Regulation of failed sign-ins. Nothing of it is told to whoever tries.' }),
  stuffing,
  sms: z
    .strictObject({
      account: tries('5/1h', 'Text messages for one account: on devices that it knows, and elsewhere, each.'),
      number: tries('5/1h', 'Text messages to one number, each as above.'),
      address: tries('10/1h', 'Text messages asked for by one address.'),
      hour: tries('300/1h', 'Text messages of the whole gateway in an hour.'),
      day: tries('2000/1d', 'Text messages of the whole gateway in a day.'),
    })
    .prefault({})
    .meta({ description: 'What text messages may cost. Beyond it none is sent, and the pages say the same.' }),
})
