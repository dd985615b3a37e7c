/** What every own page says to the browser about itself. Proxied pages are the application's business and get none of it. */
export interface PageHeaders {
  /** Fields for a page or a redirect. `referrer`: `none` where the address itself is a secret (RFC 9700 §4.2.4). */
  of(options?: { referrer?: 'same-origin' | 'none' }): Record<string, string>
  readonly contentSecurityPolicy: string
}

export function createPageHeaders({
  secure,
  formTargets,
}: {
  secure: boolean
  formTargets: readonly string[]
}): PageHeaders {
  // Browsers hold form-action against redirects after a POST too: the hosts that a finished sign-in leads to have to be named.
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self' data:",
    // The portal's own script asks the portal alone (what is wrong with a new password, what a device answers).
    "connect-src 'self'",
    ["form-action 'self'", ...formTargets].join(' '),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
  const always = {
    'Content-Security-Policy': policy,
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    'Cache-Control': 'no-store',
    // ASVS 3.4.1: one year, sub-domains included.
    ...(secure ? { 'Strict-Transport-Security': 'max-age=31536000; includeSubDomains' } : {}),
  }
  return {
    contentSecurityPolicy: policy,
    // Not no-referrer on pages with forms: a browser then posts them with `Origin: null`, which is refused as foreign.
    of: ({ referrer = 'same-origin' } = {}) => ({
      ...always,
      'Referrer-Policy': referrer === 'none' ? 'no-referrer' : 'same-origin',
    }),
  }
}
