import * as z from 'zod'
import { duration, filePath, flag } from './values.ts'

// Where addresses are, and which sign-ins are told besides those from unknown devices.

export const places = z.strictObject({
  files: z
    .array(filePath)
    .max(4)
    .prefault([])
    .meta({
      description:
        'Files in the MaxMind DB format (cities, and networks in another) that tell where an address is; each fact comes from the first that knows it. None is shipped. A replaced file is read within 10 s. Default: none, and no place is shown.',
      examples: [['geo/city.mmdb', 'geo/asn.mmdb']],
    }),
})

export const signInNotices = z.strictObject({
  newCountry: flag.prefault(false).meta({ description: 'Also from a country that the account has not come from.' }),
  newCity: flag.prefault(false).meta({ description: 'Also from a city that it has not come from.' }),
  newNetwork: flag.prefault(false).meta({
    description: 'Also from another network: the autonomous system, or the /16 (IPv6: /32) where no file knows it.',
  }),
  every: flag.prefault(false).meta({ description: 'Every sign-in.' }),
  window: duration('1m', '30d')
    .prefault('24h')
    .meta({ description: 'The same device at the same place is told once in so long.' }),
})

/** In the words of people/sign-in-news.ts. */
export function compileSignInNotices({ window: windowMs, ...wanted }: z.output<typeof signInNotices>) {
  return { ...wanted, windowMs }
}
