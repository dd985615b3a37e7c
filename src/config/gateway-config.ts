import type { Networks } from '../lib/cidr.ts'
import type { Secret } from '../lib/secret.ts'
import type { NetworkRules, Role } from '../policy/facts.ts'
import type { Rate, RouteRate } from './route.ts'
import type { RouteTable } from './route-table.ts'
import type { WireLimits } from './wire-limits-schema.ts'

export type { Route } from './route.ts'

/** Everything that files say, checked as a whole and frozen. All durations are milliseconds, all paths absolute. */
export interface GatewayConfig {
  /** SHA-256 over all files: the policy version that decisions are explained with. */
  readonly digest: string
  readonly listen: Listen
  /** Null: plain HTTP. */
  readonly tls: { readonly certificates: readonly CertificateFiles[]; readonly http2: boolean } | null
  readonly portal: { readonly origin: string; readonly host: string }
  readonly operator: { readonly listen: Listen; readonly socketPath: string; readonly token: Secret | null }
  readonly dataDir: string
  /** Null: a generated key file in the data directory. */
  readonly rootKey: Secret | null
  readonly trustedProxies: TrustedProxies
  readonly upstreams: ReadonlyMap<string, Upstream>
  readonly sessions: { readonly idleMs: number; readonly absoluteMs: number }
  readonly signInNotices: SignInNoticesConfig
  /** Absolute paths. */
  readonly places: { readonly files: readonly string[] }
  readonly identityToken: IdentityTokenConfig
  readonly mail: MailConfig
  readonly sms: SmsConfig
  readonly outgoing: { readonly privateNetworks: Networks; readonly plainHttp: boolean }
  readonly limits: WireLimits & {
    readonly traffic: TrafficLimits
    readonly sms: SmsLimits
    readonly signIn: SignInLimits
    readonly stuffing: StuffingLimits
  }
  readonly signIn: { readonly codeOnUnknownDevice: boolean }
  readonly passwords: PasswordsConfig
  readonly passkeys: { readonly signIn: boolean }
  readonly pages: PagesConfig
  readonly development: { readonly insecureCookies: boolean }
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly file: string | null }
  readonly ownPrefix: string
  readonly routes: RouteTable
  readonly organizations: readonly OrganizationPolicy[]
}

export type Listen =
  | { readonly kind: 'tcp'; readonly address: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

/** Absolute paths, PEM. */
export interface CertificateFiles {
  readonly cert: string
  readonly key: string
}

export interface TrustedProxies {
  readonly networks: Networks
  readonly rules: readonly string[]
  /** So many proxies, whatever their addresses; null: those of `networks`. */
  readonly hops: number | null
  readonly header: 'x-forwarded-for' | 'forwarded' | 'proxy-protocol' | 'none'
}

export interface Upstream {
  readonly name: string
  readonly addresses: readonly UpstreamAddress[]
  readonly audience: string
  readonly timeouts: { readonly connectMs: number }
  readonly connectionsMax: number
  /** PEM of the authorities that its certificates are checked against; null: the public ones. */
  readonly ca: string | null
  readonly healthCheck: HealthCheck | null
}

/** `text` is the address as its author wrote it, for logs. */
export type UpstreamAddress =
  | {
      readonly kind: 'tcp'
      readonly secure: boolean
      readonly host: string
      readonly port: number
      readonly text: string
    }
  | { readonly kind: 'unix'; readonly path: string; readonly text: string }

export interface HealthCheck {
  readonly path: string
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly unhealthyAfter: number
  readonly healthyAfter: number
}

/** The same shape as people/sign-in-news.ts. */
export interface SignInNoticesConfig {
  readonly newCountry: boolean
  readonly newCity: boolean
  readonly newNetwork: boolean
  readonly every: boolean
  readonly windowMs: number
}

export interface IdentityTokenConfig {
  readonly issuer: string
  readonly algorithm: 'ES256' | 'EdDSA'
  readonly header: string
  readonly lifetimeSeconds: number
}

export interface MailConfig {
  readonly transport: { readonly kind: 'mailbox' } | SmtpConfig
  readonly from: string
  readonly productName: string
}

export interface SmtpConfig {
  readonly kind: 'smtp'
  readonly host: string
  readonly port: number
  readonly tls: 'starttls' | 'implicit' | 'off'
  readonly user: string | null
  readonly password: Secret | null
}

export interface SmsConfig {
  readonly transport:
    | { readonly kind: 'off' }
    | { readonly kind: 'mailbox' }
    | {
        readonly kind: 'twilio'
        readonly baseUrl: string
        readonly accountSid: string
        readonly token: Secret
        readonly from: string
      }
    | { readonly kind: 'webhook'; readonly url: string; readonly secret: Secret }
  /** Calling codes such as `+81`. */
  readonly defaultCountry: string | null
  readonly countries: readonly string[]
}

/** The same shape as the numbers of limits/sms-budgets.ts. */
export interface SmsLimits {
  readonly account: Tries
  readonly number: Tries
  readonly address: Tries
  readonly hour: Tries
  readonly day: Tries
}

/** The same shape as the numbers of limits/traffic.ts. */
export interface TrafficLimits {
  readonly address: Rate | null
  readonly addressWithSession: Rate | null
  readonly account: Rate | null
  readonly organization: Rate | null
  readonly routes: ReadonlyMap<string, RouteRate>
  readonly keysMax: number
}

export interface Tries {
  readonly triesMax: number
  readonly windowMs: number
}

/** The same shape as the numbers of limits/stuffing.ts. */
export interface StuffingLimits {
  readonly on: boolean
  readonly names: { readonly slow: number; readonly code: number; readonly refuse: number }
  readonly failureShare: number
  readonly holdMs: number
  readonly delayMaxMs: number
  readonly keysMax: number
}

export interface SignInLimits {
  readonly address: Tries
  readonly prefix: Tries
  readonly account: Tries
  readonly accountKnownDevice: Tries
  readonly pair: Tries
  readonly consecutiveFailuresMax: number
  readonly codesPerAttempt: Tries
  readonly codesPerAccount: Tries
  readonly resetMailsPerAccount: Tries
  readonly resetMailsKnown: Tries
  readonly resetMailsPerAddress: Tries
  readonly keysMax: number
}

export interface PasswordsConfig {
  readonly leaked: {
    readonly source:
      | { readonly kind: 'off' }
      | { readonly kind: 'file' | 'folder'; readonly path: string }
      | { readonly kind: 'api'; readonly url: string }
    readonly mode: 'mail' | 'force' | 'refuse'
    readonly whenUnavailable: 'allow' | 'refuse'
  }
  /** Null: a key derived from the root key. */
  readonly pepper: { readonly current: Secret | null; readonly previous: readonly Secret[] }
  readonly cost: { readonly memoryKib: number; readonly passes: number }
}

export interface PagesConfig {
  readonly languages: readonly ['en' | 'ja', ...('en' | 'ja')[]]
  readonly accent: string
  readonly productName: string
  readonly support: string | null
}

/** An organization whose rules are kept in files. `rules` has the shape in which people/organization.ts stores them. */
export interface OrganizationPolicy {
  readonly slug: string
  readonly name: string
  readonly rules: OrganizationPolicyRules
  /** Lower case, in their ASCII form. */
  readonly emailDomains: readonly string[]
  /** The networks of `rules`, ready for look-up; null: no restriction. */
  readonly networks: NetworkRules | null
  readonly exemptions: readonly { readonly email: string; readonly reason: string; readonly until: number | null }[]
  readonly writtenAt: string
}

export interface OrganizationPolicyRules {
  readonly networks: readonly { readonly network: string; readonly comment: string }[] | null
  readonly networksMode: 'enforce' | 'report'
  readonly sso: {
    readonly required: boolean
    readonly breakGlassEmails: readonly string[]
    readonly grantableRoles: readonly Role[]
  }
  readonly secondFactor: { readonly roles: readonly string[] | 'all'; readonly from: number } | null
  readonly devices: 'any' | 'approved-mobile' | 'approved'
  readonly sessionIdleMs: number | null
  readonly sessionAbsoluteMs: number | null
  readonly emailedCodes: boolean
  readonly codeOnUnknownDevice: boolean
}
