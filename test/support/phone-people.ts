import type { Account } from '../../src/people/account.ts'
import type { PhoneNumber } from '../../src/people/phone-number.ts'
import { operator, type PortalHarness } from './portal-harness.ts'
import { accountOf } from './portal-people.ts'

// Phones and backup codes of people, made by the services that their pages use.

export const number = '+819012345678' as PhoneNumber // because the services parse what people type
export const otherNumber = '+818098765432' as PhoneNumber // the same

/** A verified phone; answers the account with it. */
export async function addPhone(
  portal: PortalHarness,
  email: string,
  { spare = false, to = number }: { readonly spare?: boolean; readonly to?: PhoneNumber } = {},
): Promise<Account> {
  const account = await accountOf(portal, email)
  const subject = `adding ${account.id} ${to}`
  await portal.phones.begin({ account, subject, number: to, spare, send: true, by: operator })
  const code = await newestText(portal, to)
  const added = await portal.phones.confirm({ account, subject, code, by: operator })
  if (added.kind !== 'proved' && added.kind !== 'added') throw new Error(added.kind)
  return accountOf(portal, email)
}

export async function makeBackupCodes(portal: PortalHarness, email: string): Promise<readonly string[]> {
  const codes = await portal.backupCodes.make(await accountOf(portal, email), operator)
  if (codes === null) throw new Error('no codes')
  return codes
}

/** The code of the newest text message to the number; empty when there is none. */
export async function newestText(portal: PortalHarness, to: string = number): Promise<string> {
  await portal.deliver()
  const [newest] = portal.mailbox.list().filter(mail => mail.to === to)
  return /\b(\d{6})\b/.exec(newest?.text ?? '')?.[1] ?? ''
}

export function textsTo(portal: PortalHarness, to: string = number): number {
  return portal.mailbox.list().filter(mail => mail.to === to).length
}
