import { domainToASCII } from 'node:url'
import * as z from 'zod'
import { isShared } from '../lib/shared-domain.ts'
import { roleNames } from './roles.ts'
import { emailAddress, flag, isHostName, written } from './values.ts'

// Keys of an organization's file that speak of its identity provider. What the provider says of itself is imported, not written here.

const domain = written('a domain of e-mail addresses such as example.com; write what stands behind the @', text => {
  const ascii = domainToASCII(text.toLowerCase())
  return ascii.includes('.') && isHostName(ascii) ? ascii : null
})

export const emailDomains = z
  .array(
    domain.refine(ascii => !isShared(ascii), {
      error: 'a domain that is one organization’s own, not one of a country or of a provider of mailboxes; remove it',
    }),
  )
  .max(1_000)
  .prefault([])
  .meta({ description: 'Domains of e-mail addresses that are its own: your word verifies them.' })

export const sso = z
  .strictObject({
    required: flag.prefault(false).meta({
      description:
        'Its people sign in through its identity provider and in no other way. The provider is imported first: `sekisho sso import`.',
    }),
    breakGlass: z
      .array(emailAddress)
      .max(20)
      .prefault([])
      .meta({ description: 'Administrators who may come in without the provider, always with a second factor.' }),
    grantableRoles: z
      .array(z.enum(roleNames))
      .max(roleNames.length)
      .prefault(['person'])
      .meta({ description: 'Roles that attributes of the provider may give and take, where it maps them.' }),
  })
  .check(context => {
    const { required, breakGlass } = context.value
    if (!required || breakGlass.length > 0) return
    const message = 'at least one administrator who comes in when the provider cannot; name one'
    context.issues.push({ code: 'custom', message, input: context.value, path: ['breakGlass'] })
  })
  .prefault({})
  .meta({ description: 'Single sign-on.' })
