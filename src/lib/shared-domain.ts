// Domains that belong to no single organization. Not complete, and it need not be: a DNS record shows whose a domain is. It keeps slips of
// an operator's pen from handing the people of a whole country or of a mail provider to one organization's identity provider.

/** Whether names below it belong to many: `co.jp`, `com.au`, or the domain of a provider of mailboxes. */
export function isShared(domain: string): boolean {
  if (mailboxProviders.has(domain)) return true
  const [second = '', top = '', ...more] = domain.split('.')
  if (more.length > 0 || top.length !== 2) return false
  return generic.has(second) || (ofCountries[top] ?? []).includes(second)
}

/** Second levels that registries of countries sell below (IANA's list of ccTLDs, the Public Suffix List of 2026). */
const generic = new Set(['co', 'com', 'net', 'org', 'ac', 'edu', 'gov', 'gob', 'gouv', 'mil'])
const ofCountries: Readonly<Record<string, readonly string[]>> = {
  jp: ['ad', 'ed', 'go', 'gr', 'lg', 'ne', 'or'],
  kr: ['go', 'ne', 'or', 'pe', 're'],
  uk: ['ltd', 'me', 'nhs', 'plc', 'police', 'sch'],
}

const mailboxProviders = new Set([
  ...['gmail.com', 'googlemail.com', 'outlook.com', 'hotmail.com', 'live.com', 'msn.com', 'hotmail.co.uk'],
  ...['outlook.jp', 'hotmail.co.jp', 'icloud.com', 'me.com', 'mac.com', 'yahoo.com', 'yahoo.co.jp', 'ymail.com'],
  ...['ymail.ne.jp', 'docomo.ne.jp', 'ezweb.ne.jp', 'au.com', 'softbank.ne.jp', 'i.softbank.jp', 'nifty.com'],
  ...['aol.com', 'proton.me', 'protonmail.com', 'gmx.de', 'gmx.net', 'gmx.com', 'web.de', 't-online.de', 'mail.ru'],
  ...['yandex.ru', 'yandex.com', 'qq.com', '163.com', '126.com', 'naver.com', 'daum.net', 'fastmail.com', 'zoho.com'],
])
