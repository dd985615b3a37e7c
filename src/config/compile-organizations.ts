import { networkRules } from './compile-routes.ts'
import type { OrganizationPolicy } from './gateway-config.ts'
import type { OrganizationFile } from './policy-schema.ts'
import type { Problem } from './problem.ts'
import type { YamlSource } from './yaml-source.ts'

export interface WrittenOrganization {
  readonly file: OrganizationFile
  readonly source: YamlSource
}

/** Turns a checked file into rules as the people room stores them. */
export function compileOrganization({ file, source }: WrittenOrganization): OrganizationPolicy {
  const { slug, name, networks, networksMode, exemptions, secondFactor, devices, sessions, signIn, sso } = file
  return {
    ...{ slug, name },
    rules: {
      networks: networks?.map(({ network, comment }) => ({ network: network.text, comment: comment ?? '' })) ?? null,
      networksMode,
      sso: { required: sso.required, breakGlassEmails: sso.breakGlass, grantableRoles: sso.grantableRoles },
      secondFactor:
        secondFactor === undefined ? null : { roles: secondFactor.roles ?? 'all', from: secondFactor.from ?? 0 },
      devices,
      sessionIdleMs: sessions.idle ?? null,
      sessionAbsoluteMs: sessions.absolute ?? null,
      emailedCodes: signIn.emailedCodes,
      codeOnUnknownDevice: signIn.codeOnUnknownDevice,
    },
    emailDomains: file.emailDomains,
    networks: networks === undefined ? null : networkRules(networks.map(({ network }) => network)),
    exemptions: exemptions.map(({ email, reason, until }) => ({ email, reason, until: until ?? null })),
    writtenAt: `${source.file}:1`,
  }
}

/** What holds between organizations, and between them and the sessions of gateway.yaml. */
export function checkOrganizations(
  organizations: readonly WrittenOrganization[],
  sessions: { idle: number; absolute: number } | null,
): readonly Problem[] {
  return [
    ...repeated(organizations),
    ...organizations.flatMap(withoutDomain),
    ...sharedDomains(organizations),
    ...organizations.flatMap(({ file, source }) =>
      (['idle', 'absolute'] as const).flatMap(key => {
        const own = file.sessions[key]
        if (own === undefined || sessions === null || own <= sessions[key]) return []
        const message = `found a longer time than sessions.${key} of gateway.yaml; expected a shorter one; shorten it or remove it`
        return [source.problemAt(['sessions', key], message)]
      }),
    ),
  ]
}

/** Nobody could come in: a provider speaks only for addresses of verified domains. */
function withoutDomain({ file: { sso, emailDomains }, source }: WrittenOrganization): Problem[] {
  if (!sso.required || emailDomains.length > 0) return []
  const message =
    'found no emailDomains beside required; expected the domains that the provider may speak for; add them'
  return [source.problemAt(['sso', 'required'], message)]
}

/** The domain of an address decides whose provider may speak of it. */
function sharedDomains(organizations: readonly WrittenOrganization[]): Problem[] {
  const first = new Map<string, string>()
  return organizations.flatMap(({ file: { emailDomains }, source }) =>
    emailDomains.flatMap((domain, i) => {
      const other = first.get(domain)
      first.set(domain, other ?? source.file)
      if (other === undefined) return []
      const message = `found "${domain}" again, which ${other} has; expected it in one organization, once; remove one`
      return [source.problemAt(['emailDomains', i], message)]
    }),
  )
}

function repeated(organizations: readonly WrittenOrganization[]): Problem[] {
  const first = new Map<string, string>()
  return organizations.flatMap(({ file: { slug }, source }) => {
    const other = first.get(slug)
    if (other !== undefined)
      return [source.problemAt(['slug'], `found "${slug}" again, which ${other} has; expected it once; remove one`)]
    first.set(slug, source.file)
    return []
  })
}
