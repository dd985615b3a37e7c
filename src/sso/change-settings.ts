import { type ProviderMetadata, type ProviderSettings, type RoleMapping, skewMsMax } from './provider.ts'

export type SettingsChange =
  | { readonly kind: 'changed'; readonly settings: ProviderSettings }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] }

export interface SettingsBounds {
  /** Which bindings the provider offers. */
  readonly metadata: Pick<ProviderMetadata, 'signOn'>
  /** Roles that the organization may grant. */
  readonly roles: readonly string[]
}

/**
 * Settings as operators write them: `skewMs=60000`, `rolesAttribute=groups`, `role:VALUE=ROLE`. All problems at once, and all or nothing.
 */
export function changeSettings(
  settings: ProviderSettings,
  words: readonly string[],
  bounds: SettingsBounds,
): SettingsChange {
  const problems: string[] = []
  let changed = settings
  for (const word of words) {
    const outcome = changeOne(changed, word, bounds)
    if (typeof outcome === 'string') problems.push(outcome)
    else changed = { ...changed, ...outcome }
  }
  return problems.length > 0 ? { kind: 'invalid', problems } : { kind: 'changed', settings: changed }
}

function changeOne(
  settings: ProviderSettings,
  word: string,
  bounds: SettingsBounds,
): Partial<ProviderSettings> | string {
  if (word.startsWith('role:')) return changeRole(settings, word.slice('role:'.length), bounds)
  const place = word.indexOf('=')
  const [key, value] = [word.slice(0, place), word.slice(place + 1).trim()]
  const change = place > 0 && Object.hasOwn(keys, key) ? keys[key] : undefined
  if (change === undefined) return `"${word}": write key=value, with one of ${Object.keys(keys).join(', ')}, role:VALUE`
  return change(value, settings, bounds) ?? `${key}=${value}: ${expectations[key]}`
}

type Change = (value: string, settings: ProviderSettings, bounds: SettingsBounds) => Partial<ProviderSettings> | null

const keys: Readonly<Record<string, Change>> = {
  requestBinding: (value, _settings, { metadata }) =>
    (value === 'redirect' || value === 'post') && metadata.signOn.some(({ binding }) => binding === value)
      ? { requestBinding: value }
      : null,
  signed: value => (value === 'assertion' || value === 'response' || value === 'either' ? { signed: value } : null),
  encryption: value =>
    value === 'refused' || value === 'accepted' || value === 'required' ? { encryption: value } : null,
  acceptsCbc: yesOrNo(acceptsCbc => ({ acceptsCbc })),
  unsolicited: yesOrNo(unsolicited => ({ unsolicited })),
  skewMs: value => (/^\d{1,6}$/.test(value) && Number(value) <= skewMsMax ? { skewMs: Number(value) } : null),
  emailAttribute: attribute(emailAttribute => ({ emailAttribute })),
  nameAttribute: attribute(nameAttribute => ({ nameAttribute })),
  createsAccounts: yesOrNo(createsAccounts => ({ createsAccounts })),
  rolesAttribute: (value, { roles }) => {
    if (value === 'none') return { roles: null }
    return isAttribute(value) ? { roles: { attribute: value, values: roles?.values ?? {} } } : null
  },
  contexts: value => {
    if (value === 'any') return { contexts: [] }
    const contexts = value.split(/[\s,]+/)
    return contexts.length <= 10 && contexts.every(isContext) ? { contexts } : null
  },
}

const yesNo = 'true or false'
const name = 'the name of an attribute (at most 200 characters), or none'
const expectations: Readonly<Record<string, string>> = {
  requestBinding: 'redirect or post, and one that the provider offers',
  signed: 'assertion, response or either',
  encryption: 'refused, accepted or required',
  acceptsCbc: yesNo,
  unsolicited: yesNo,
  skewMs: `milliseconds, 0 to ${skewMsMax}`,
  emailAttribute: name,
  nameAttribute: name,
  createsAccounts: yesNo,
  rolesAttribute: name,
  contexts: 'URIs of AuthnContext classes, with commas between them (at most 10), or any',
}

function yesOrNo(turn: (value: boolean) => Partial<ProviderSettings>): Change {
  return value => (value === 'true' || value === 'false' ? turn(value === 'true') : null)
}

function attribute(turn: (value: string | null) => Partial<ProviderSettings>): Change {
  return value => (value === 'none' ? turn(null) : isAttribute(value) ? turn(value) : null)
}

function isAttribute(value: string): boolean {
  return value !== '' && value.length <= 200 && !/[\p{Cc}\s]/u.test(value)
}

function isContext(value: string): boolean {
  return value.length <= 300 && /^[a-z][a-z0-9+.-]*:[!-~]+$/i.test(value)
}

const mappedMax = 100

/** The value may hold a `=` (`cn=admins,dc=corp`), the role does not: the last one divides. */
function changeRole(
  { roles }: ProviderSettings,
  text: string,
  { roles: known }: SettingsBounds,
): Partial<ProviderSettings> | string {
  const place = text.lastIndexOf('=')
  const [value, role] = [text.slice(0, place), text.slice(place + 1)]
  if (place < 1 || value.length > 300) return `"role:${text}": write role:VALUE=ROLE`
  if (roles === null) return `role:${text}: name the attribute first (rolesAttribute=NAME)`
  if (role !== 'none' && !known.includes(role))
    return `role:${text}: "${role}" is not a role that this organization may grant (${known.join(', ')}), nor none`
  const others = Object.entries(roles.values).filter(([each]) => each !== value)
  const values = role === 'none' ? others : [...others, [value, role]]
  if (values.length > mappedMax) return `role:${text}: at most ${mappedMax} values can be mapped`
  return { roles: { attribute: roles.attribute, values: Object.fromEntries(values) } satisfies RoleMapping }
}
