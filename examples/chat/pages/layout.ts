import type { Assets } from '../assets.ts'
import { type Html, html } from '../html.ts'
import type { Language } from '../language.ts'

export interface Page {
  readonly language: Language
  readonly title: string
  /** Null only where nothing but text may be shown: then the page has neither style nor script. */
  readonly assets: Assets | null
  readonly styles: readonly string[]
  readonly body: Html
}

export function drawPage({ language, title, assets, styles, body }: Page): Html {
  return html`<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
${assets === null ? null : html`<link rel="icon" type="image/svg+xml" href="${assets.url('irori.svg')}">`}
${assets === null ? null : styles.map(style => html`<link rel="stylesheet" href="${assets.url(style)}">`)}
</head>
${body}
</html>`
}

/** The hearth: a square frame with a fire in it. */
export const mark: Html = html`<svg class="mark" viewBox="3 3 26 26" width="28" height="28" aria-hidden="true" focusable="false"><rect x="3" y="3" width="26" height="26" rx="7" class="mark-frame"/><path class="mark-fire" d="M16 7.5c.6 3.6 5.4 5.4 5.4 10.4a5.4 5.4 0 0 1-10.8 0c0-2.2 1-3.7 2.2-5 .2 1.5.8 2.4 1.7 2.8-.2-3 .3-6 1.5-8.2Z"/></svg>`

/** A stroke drawing of 24 by 24; what it means stands beside it in words. */
export function drawIcon(name: keyof typeof paths): Html {
  return html`<svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false"><path d="${paths[name]}"/></svg>`
}

const paths = {
  menu: 'M4 7h16M4 12h16M4 17h10',
  close: 'M6 6l12 12M18 6L6 18',
  plus: 'M12 5v14M5 12h14',
  clip: 'M20 11.5l-8.2 8.2a5.2 5.2 0 0 1-7.4-7.4l8.5-8.5a3.5 3.5 0 0 1 5 5l-8.5 8.4a1.7 1.7 0 0 1-2.5-2.4l7.8-7.7',
  send: 'M5 12h13M12 5l7 7-7 7',
  down: 'M12 5v14M6 13l6 6 6-6',
} as const
