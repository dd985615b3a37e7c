/** Browsers keep a cookie for 400 days at most (RFC 6265bis §5.5). */
export const languageCookieSeconds = 400 * 86_400
