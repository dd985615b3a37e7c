/** What a page may say over its WebSocket. */
export type Saying =
  | { readonly kind: 'enter'; readonly room: string; readonly after: number }
  | { readonly kind: 'say'; readonly text: string; readonly file: string | null; readonly nonce: string }
  | { readonly kind: 'typing' }

const textCharactersMax = 4_000

/** Text to saying; null for whatever our own page would not send. */
export function parseSaying(text: string): Saying | null {
  const value = parseObject(text)
  if (value === null) return null
  const { kind, room, after = 0, text: said, file = null, nonce } = value
  switch (kind) {
    case 'enter':
      if (typeof room !== 'string' || typeof after !== 'number') return null
      return { kind, room, after }
    case 'say':
      if (typeof said !== 'string' || said.length > textCharactersMax) return null
      if (typeof nonce !== 'string' || nonce === '' || nonce.length > 64) return null
      if (file !== null && typeof file !== 'string') return null
      return { kind, text: said.trim(), file, nonce }
    case 'typing':
      return { kind }
    default:
      return null
  }
}

/** Text to a JSON object; null when it is none. */
export function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}
