import { html } from 'hono/html'

/** A piece of a page. Everything put into a template is escaped, pieces aside. */
export type Html = ReturnType<typeof html>

/** What stands around the content of every own page. Its words come in: this room speaks no language. */
export interface Frame {
  readonly language: string
  readonly title: string
  /** Above: whose page it is. */
  readonly brand: string
  /** Below, small: the product. */
  readonly product: string
  readonly skip: string
  readonly width: 'card' | 'console'
  /** Where stylesheet and script lie, with the digest that makes them cacheable for ever. */
  readonly styleHref: string
  readonly scriptSrc: string
  /** An address that the page leads on to by itself: ours, or that of an identity provider. Browsers hold form-action against redirects after a POST; not against this. */
  readonly leadsTo: string | null
  readonly navigation: Html | null
  readonly content: Html
  readonly footer: Html
}

export function layout(frame: Frame): Html {
  const title = frame.title === frame.brand ? frame.title : `${frame.title} · ${frame.brand}`
  return html`<!doctype html>
<html lang="${frame.language}">
<head>
<meta charset="utf-8">
<title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${frame.styleHref}">
<script src="${frame.scriptSrc}" defer></script>
${frame.leadsTo === null ? '' : html`<meta http-equiv="refresh" content="0; url=${frame.leadsTo}">`}
</head>
<body class="${frame.width}">
<a class="skip" href="#content">${frame.skip}</a>
<header><p class="brand">${frame.brand}</p>${frame.navigation ?? ''}</header>
<main id="content" tabindex="-1">
${frame.content}
</main>
<footer>${frame.product === frame.brand ? '' : html`<p>${frame.product}</p>`}
${frame.footer}
</footer>
</body>
</html>
`
}
