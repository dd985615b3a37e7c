import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Hono } from 'hono'
import type { PageApp, PageEnv } from '../http/page-env.ts'

/** The one stylesheet, the script of all pages, and those of pages with passkeys or a new password. Their addresses carry a digest, so browsers may keep them for ever. */
export interface Assets {
  readonly styleHref: string
  readonly scriptSrc: string
  /** In the order in which they have to run. */
  readonly passkeyScripts: readonly string[]
  readonly meterScript: string
  /** Posts a message to an identity provider. */
  readonly postScript: string
  readonly routes: PageApp
}

/** `prefix`: where they lie (`/assets/` on the portal, below the own prefix on application hosts). */
export function createAssets(prefix: string, accent: string): Assets {
  const style = `${accentRules(accent)}${read('style.css')}`
  const script = read('portal.js')
  const routes = new Hono<PageEnv>()
  const serve = (name: string, type: string, text: string) => {
    const headers = {
      'Content-Type': `${type}; charset=utf-8`,
      'Cache-Control': 'public, max-age=31536000, immutable',
      'X-Content-Type-Options': 'nosniff',
      'Cross-Origin-Resource-Policy': 'same-origin',
    }
    routes.get(`${prefix}${name}`, () => new Response(text, { headers }))
    return `${prefix}${name}?v=${createHash('sha256').update(text).digest('base64url').slice(0, 10)}`
  }
  const styleHref = serve('style.css', 'text/css', style)
  const passkeyScripts = [
    serve('webauthn.js', 'text/javascript', readBrowserLibrary()),
    serve('passkeys.js', 'text/javascript', read('passkeys.js')),
  ]
  const meterScript = serve('password-meter.js', 'text/javascript', read('password-meter.js'))
  const postScript = serve('saml-post.js', 'text/javascript', read('saml-post.js'))
  const scriptSrc = serve('portal.js', 'text/javascript', script)
  return { styleHref, scriptSrc, passkeyScripts, meterScript, postScript, routes }
}

function read(name: string): string {
  return readFileSync(new URL(`assets/${name}`, import.meta.url), 'utf8')
}

/** The library's own bundle for browsers, byte for byte, served by us: no page of ours runs what another host may change. */
function readBrowserLibrary(): string {
  const bundle = '../../node_modules/@simplewebauthn/browser/dist/bundle/index.umd.min.js'
  return readFileSync(new URL(bundle, import.meta.url), 'utf8')
}

/** The accent comes from configuration; what is written on it, and its lighter twin for dark pages, keep AA contrast (WCAG 1.4.3). */
function accentRules(accent: string): string {
  const ink = contrast(accent, '#ffffff') >= contrast(accent, '#10141a') ? '#ffffff' : '#10141a'
  const onPaper = towards(accent, '#000000', '#f4f5f7')
  const onDark = towards(accent, '#ffffff', '#222c3d')
  return `:root{--accent:${accent};--accent-ink:${ink};--accent-on-light:${onPaper};--accent-on-dark:${onDark}}\n`
}

/** Mixes the colour with another, in steps of a tenth, until text in it can be read on the ground. */
function towards(colour: string, pole: string, ground: string): string {
  for (let tenths = 0; tenths < 10; tenths++) {
    const mixed = mix(colour, pole, tenths / 10)
    if (contrast(mixed, ground) >= 4.5) return mixed
  }
  return pole
}

function mix(from: string, to: string, share: number): string {
  const end = channels(to)
  const mixed = channels(from).map((value, i) => Math.round(value + ((end[i] ?? 0) - value) * share))
  return `#${mixed.map(value => value.toString(16).padStart(2, '0')).join('')}`
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = channels(colour)
    .map(value => value / 255)
    .map(value => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function channels(colour: string): number[] {
  if (!/^#[0-9a-f]{6}$/i.test(colour)) throw new Error(`the accent ${colour} is no colour like #2f4a8a`)
  return [1, 3, 5].map(at => Number.parseInt(colour.slice(at, at + 2), 16))
}
