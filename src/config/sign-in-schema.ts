import * as z from 'zod'
import { flag } from './values.ts'

/** What a sign-in asks for beside the password. */
export const signIn = z.strictObject({
  codeOnUnknownDevice: flag.prefault(false).meta({
    description:
      'A sign-in by password from a device that the account does not know waits for a mailed code, in every organization. Accounts with a second factor are asked for that.',
  }),
})
