import { fieldValue, type RawHeaders } from '../lib/request-head.ts'

/**
 * The language of a page: what the person chose, else what the browser asks for most, else the first one offered
 * (RFC 9110 §12.5.4; `ja-JP` is served by `ja`).
 */
export function chooseLanguage<Language extends string>(
  headers: RawHeaders,
  chosen: string | undefined,
  offered: readonly [Language, ...Language[]],
): Language {
  const wanted = [...(chosen === undefined ? [] : [chosen]), ...preferredLanguages(headers)]
  for (const tag of wanted) {
    const found = offered.find(language => tag === language || tag.startsWith(`${language}-`))
    if (found !== undefined) return found
  }
  return offered[0]
}

/** Tags in the order of their weight. At most sixteen are read: a longer list is no browser's. */
function preferredLanguages(headers: RawHeaders): string[] {
  const field = fieldValue(headers, 'accept-language') ?? ''
  const ranges = field.slice(0, 512).split(',').slice(0, 16)
  return ranges
    .map(range => /^\s*([a-z]{1,8}(?:-[a-z0-9]{1,8})*)\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*$/i.exec(range))
    .map(match => ({ tag: match?.[1]?.toLowerCase() ?? '', weight: match === null ? 0 : Number(match[2] ?? 1) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag)
}
