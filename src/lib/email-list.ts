/** Whether a list of e-mail addresses names this one. Regardless of case: people write addresses as they like, and mail servers deliver them all the same. */
export function namesEmail(emails: readonly string[], email: string): boolean {
  const folded = email.toLowerCase()
  return emails.some(named => named.toLowerCase() === folded)
}
