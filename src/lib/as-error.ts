/** What was thrown or given as a reason, which may be anything, as an Error. */
export function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause), { cause })
}
