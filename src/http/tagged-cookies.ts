import type { RawHeaders } from '../lib/request-head.ts'
import { cookiePairs } from './cookies.ts'

/**
 * Cookies that come in numbers, one for each request that is under way: a tag in the name tells them apart. They come back with a form
 * that another site posts (SameSite=None), which browsers allow with Secure alone; over plain HTTP that works on this machine only.
 */
export interface TaggedCookies {
  /** Each tag at most once: of two with one name, one was planted. */
  read(headers: RawHeaders): readonly TaggedCookie[]
  write(tag: string, value: string, maxAgeSeconds: number): string
  clear(tag: string): string
  /** What it takes of a request's head. */
  sizeOf(value: string): number
}

export interface TaggedCookie {
  readonly tag: string
  readonly value: string
}

/** Browsers keep 4,096 bytes of name, value and attributes (RFC 6265bis §5.6). */
export const taggedValueMax = 3_800

export function createTaggedCookies({ secure, family }: { secure: boolean; family: string }): TaggedCookies {
  const prefix = `${secure ? '__Host-sekisho' : 'sekisho'}-${family}-`
  const line = (tag: string, value: string, maxAgeSeconds: number) =>
    `${prefix}${tag}=${value}; Path=/; Max-Age=${Math.floor(maxAgeSeconds)}; HttpOnly; SameSite=None; Secure`
  return {
    read(headers) {
      const found = new Map<string, string | null>()
      for (const { name, value } of cookiePairs(headers)) {
        const tag = name.startsWith(prefix) ? name.slice(prefix.length) : ''
        if (!tagShape.test(tag)) continue
        found.set(tag, found.has(tag) || !valueShape.test(value) ? null : value)
      }
      return [...found].flatMap(([tag, value]) => (value === null ? [] : [{ tag, value }])).slice(0, readMax)
    },
    write(tag, value, maxAgeSeconds) {
      if (!tagShape.test(tag) || !valueShape.test(value)) throw new Error(`a cookie of ${family} cannot be written`)
      return line(tag, value, maxAgeSeconds)
    },
    clear: tag => line(tag, '', 0),
    sizeOf: value => prefix.length + tagLength + value.length + separators,
  }
}

const tagLength = 11
const tagShape = /^[A-Za-z0-9_-]{11}$/
const valueShape = /^[A-Za-z0-9_-]{1,3800}$/
/** `=`, `;` and a space. */
const separators = 3
/** More than a head has room for. */
const readMax = 64
