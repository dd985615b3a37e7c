/** What every own page says to the browser about itself. Proxied pages are the application's business and get none of it. */
export interface PageHeaders {
  of(options?: HeaderOptions): Record<string, string>
  readonly contentSecurityPolicy: string
}

export interface HeaderOptions {
  /** `none` where the address itself is a secret (RFC 9700 §4.2.4). */
  readonly referrer?: 'same-origin' | 'none'
  /** One more origin that the forms of this page alone may be posted to. */
  readonly formTarget?: string
}

export function createPageHeaders({
  secure,
  formTargets,
}: {
  secure: boolean
  formTargets: readonly string[]
}): PageHeaders {
  // Browsers hold form-action against redirects after a POST too: the hosts that a finished sign-in leads to have to be named.
  const policyOf = (targets: readonly string[]) =>
    [
      "default-src 'none'",
      "style-src 'self'",
      "script-src 'self'",
      "img-src 'self' data:",
      // The portal's own script asks the portal alone (what is wrong with a new password, what a device answers).
      "connect-src 'self'",
      ["form-action 'self'", ...targets].join(' '),
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join('; ')
  const policy = policyOf(formTargets)
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
    of: ({ referrer = 'same-origin', formTarget } = {}) => ({
      ...always,
      ...(formTarget === undefined ? {} : { 'Content-Security-Policy': policyOf([...formTargets, formTarget]) }),
      'Referrer-Policy': referrer === 'none' ? 'no-referrer' : 'same-origin',
    }),
  }
}
