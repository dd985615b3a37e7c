/** An object as JSON states it: every member is unknown until somebody has looked at it. */
export type Json = Readonly<Record<string, unknown>>

/**
 * Text to object; null when it is no object, or when it names a member twice at any depth. Readers of JSON disagree about which of
 * two equal names counts (RFC 8259 section 4; RFC 7519 section 4 lets us refuse), so two of them could see two different people.
 */
export function parseObject(text: string): Json | null {
  const value = parseJson(text)
  if (!isObject(value) || repeatsName(text)) return null
  return value
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

// The text is known to be JSON, so a string is a member's name exactly when a colon follows it. Names are compared unescaped.
function repeatsName(text: string): boolean {
  const open: Set<unknown>[] = []
  for (const [piece] of text.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}]/g)) {
    if (piece === '{') open.push(new Set())
    else if (piece === '}') open.pop()
    else if (piece.endsWith(':')) {
      const names = open.at(-1)
      const name: unknown = JSON.parse(piece.slice(0, -1))
      if (names?.has(name) === true) return true
      names?.add(name)
    }
  }
  return false
}
