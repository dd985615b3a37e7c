// Reads just enough of a page to use its forms, as a browser without scripts would.

export interface Form {
  readonly action: string
  readonly method: 'GET' | 'POST'
  /** Names and values as they would be sent untouched, in order. */
  readonly fields: readonly (readonly [string, string])[]
}

export function readForms(html: string): Form[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, tag = '', inside = '']) => {
    const attributes = readAttributes(tag)
    return {
      action: attributes.get('action') ?? '',
      method: attributes.get('method')?.toUpperCase() === 'POST' ? 'POST' : 'GET',
      fields: readFields(inside),
    }
  })
}

export function hasField(form: Form, name: string): boolean {
  return form.fields.some(([field]) => field === name)
}

/** The text of the first heading, for messages about an unexpected page. */
export function headingOf(html: string): string {
  const heading = /<h1\b[^>]*>([\s\S]*?)<\/h1>/i.exec(html)?.[1] ?? /<title>([\s\S]*?)<\/title>/i.exec(html)?.[1]
  return decodeEntities((heading ?? html.slice(0, 80)).replace(/<[^>]*>/g, '')).trim()
}

function readFields(html: string): (readonly [string, string])[] {
  const fields: (readonly [string, string])[] = []
  for (const [, kind = '', tag = ''] of html.matchAll(/<(input|button|select|textarea)\b([^>]*)>/gi)) {
    const attributes = readAttributes(tag)
    const name = attributes.get('name')
    if (name === undefined) continue
    const type = attributes.get('type')?.toLowerCase() ?? (kind.toLowerCase() === 'button' ? 'submit' : 'text')
    const unchecked = (type === 'checkbox' || type === 'radio') && !attributes.has('checked')
    // Of several buttons a browser sends the pressed one: here the first.
    const anotherButton = type === 'submit' && fields.some(([field]) => field === name)
    if (!unchecked && !anotherButton) fields.push([name, attributes.get('value') ?? ''])
  }
  return fields
}

function readAttributes(tag: string): Map<string, string> {
  const attributes = new Map<string, string>()
  for (const [, name = '', quoted, single, bare] of tag.matchAll(
    /([a-z-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/gi,
  ))
    attributes.set(name.toLowerCase(), decodeEntities(quoted ?? single ?? bare ?? ''))
  return attributes
}

function decodeEntities(text: string): string {
  const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' }
  return text.replace(
    /&(?:#x([0-9a-f]+)|#([0-9]+)|([a-z]+));/gi,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16))
      if (decimal !== undefined) return String.fromCodePoint(Number(decimal))
      return named[name?.toLowerCase() ?? ''] ?? whole
    },
  )
}
