import * as z from 'zod'
import { flag } from './values.ts'

/** What passkeys are good for. As second factors they always are: who has set one up must be able to use it. */
export const passkeys = z.strictObject({
  signIn: flag.prefault(true).meta({
    description: 'A passkey alone signs in, without e-mail address and password. false: it is a second factor only.',
  }),
})
