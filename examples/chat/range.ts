export type Range =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly start: number; readonly end: number }
  | { readonly kind: 'outside' }

/** What a `Range` field asks of `size` bytes (RFC 9110 section 14). Several ranges, or what is no range, mean the whole. */
export function parseRange(field: string | undefined, size: number): Range {
  const [, from, to] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(field?.trim() ?? '') ?? []
  if (from === undefined || to === undefined || (from === '' && to === '')) return { kind: 'whole' }
  if (from === '') return part(Math.max(0, size - Number(to)), size - 1, size)
  if (to !== '' && Number(to) < Number(from)) return { kind: 'whole' }
  return part(Number(from), to === '' ? size - 1 : Math.min(Number(to), size - 1), size)
}

function part(start: number, end: number, size: number): Range {
  return start >= size || end < start ? { kind: 'outside' } : { kind: 'part', start, end }
}
