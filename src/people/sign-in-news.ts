import type { RecordedSignIn } from './sign-in-history.ts'

/** Which sign-ins from known devices are told as well. Those from unknown devices always are: that cannot be switched off (docs/notices.md). */
export interface SignInNoticeSettings {
  readonly newCountry: boolean
  readonly newCity: boolean
  /** Another autonomous system, or another /16 or /32 where no file knows it. */
  readonly newNetwork: boolean
  readonly every: boolean
  /** The same device at the same place is told once in so long. */
  readonly windowMs: number
}

export type NewsReason = 'new_device' | 'new_country' | 'new_city' | 'new_network' | 'every'

/** What a sign-in is judged by. */
export type JudgedSignIn = Pick<RecordedSignIn, 'at' | 'deviceId' | 'newDevice' | 'country' | 'city' | 'network'>

/** So many sign-ins of an account are looked back at. */
export const lookBack = 100

/**
 * Why the owner is told of a sign-in, or null. Pure, so that a preview says what a sign-in would do. `before`: the account's last sign-ins,
 * newest first, at most `lookBack`. A place is new when the account has come from others, and never from it.
 */
export function newsOf(
  signIn: JudgedSignIn,
  before: readonly JudgedSignIn[],
  settings: SignInNoticeSettings,
): NewsReason | null {
  if (signIn.newDevice) return 'new_device'
  const reason = wantedReason(signIn, before, settings)
  if (reason === null) return null
  const isSame = (earlier: JudgedSignIn) =>
    earlier.deviceId === signIn.deviceId &&
    earlier.country === signIn.country &&
    earlier.city === signIn.city &&
    (!settings.newNetwork || earlier.network === signIn.network)
  const toldAlready = before.some(earlier => earlier.at > signIn.at - settings.windowMs && isSame(earlier))
  return toldAlready ? null : reason
}

function wantedReason(
  signIn: JudgedSignIn,
  before: readonly JudgedSignIn[],
  settings: SignInNoticeSettings,
): NewsReason | null {
  if (settings.newCountry && isNew('country', signIn, before)) return 'new_country'
  if (settings.newCity && isNew('city', signIn, before)) return 'new_city'
  if (settings.newNetwork && isNew('network', signIn, before)) return 'new_network'
  return settings.every ? 'every' : null
}

/** Where nothing is known of the present place, or of any earlier one, nothing can be new. */
function isNew(part: 'country' | 'city' | 'network', signIn: JudgedSignIn, before: readonly JudgedSignIn[]): boolean {
  const known = before.map(earlier => earlier[part]).filter(place => place !== null)
  const here = signIn[part]
  return here !== null && known.length > 0 && !known.includes(here)
}
