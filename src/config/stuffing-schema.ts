import * as z from 'zod'
import { duration, durationOrNever, flag, whole } from './values.ts'

/** Detection of credential stuffing. Why the numbers are what they are: docs/decisions/0022. */
export const stuffing = z
  .strictObject({
    off: flag.prefault(false).meta({ description: 'true switches the detection off.' }),
    slowAt: whole(10, 1_000_000).prefault(40).meta({
      description:
        'Names that were tried from unknown devices within ten minutes and never right, from which on answers wait. One hour asks for 1.5 times as many, six hours for four times.',
    }),
    codeAt: whole(10, 1_000_000)
      .prefault(80)
      .meta({ description: 'The same, from which on everybody on an unknown device is asked for a mailed code.' }),
    refuseAt: whole(10, 1_000_000)
      .prefault(400)
      .meta({ description: 'The same, from which on addresses that look like the attack are refused.' }),
    failurePercent: whole(10, 100)
      .prefault(50)
      .meta({ description: 'The least share of such names among all that are tried from unknown devices.' }),
    holdFor: duration('1m', '24h')
      .prefault('15m')
      .meta({ description: 'How long a step stays after the last sign of what raised it.' }),
    delayMax: durationOrNever('10s')
      .prefault('4s')
      .meta({ description: 'The longest that the answer to a doubtful try waits; never: none does.' }),
    keysMax: whole(100, 1_000_000)
      .prefault(20_000)
      .meta({ description: 'Addresses and networks that are remembered at a time, each.' }),
  })
  .prefault({})
  .meta({ description: 'Detection of passwords from elsewhere that are tried at scale.' })
  .refine(({ slowAt, codeAt, refuseAt }) => slowAt <= codeAt && codeAt <= refuseAt, {
    error: 'slowAt, codeAt and refuseAt in rising order; raise the later or lower the earlier',
  })
