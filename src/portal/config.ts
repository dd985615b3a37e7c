import type { Language } from '../notices/notice.ts'

/** What the deployment says about the portal. Links and redirects are made from this, never from a request's Host. */
export interface PortalConfig {
  /** `https://auth.example.com` */
  readonly portalOrigin: string
  /** The application's hosts: where a sign-in may lead. `https://*.example.com` is every host one label longer. */
  readonly appOrigins: readonly string[]
  readonly productName: string
  /** `#rrggbb` */
  readonly accent: string
  /** Whom to ask: an address or a sentence; null shows nothing. */
  readonly support: string | null
  readonly languages: readonly [Language, ...Language[]]
  /** The gateway's own prefix on the application's hosts: `/.sekisho/`. */
  readonly ownPrefix: string
  /** A passkey alone signs in; else it is a second factor only. */
  readonly passkeySignIn: boolean
}
