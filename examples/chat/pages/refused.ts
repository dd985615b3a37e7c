import { type Html, html } from '../html.ts'
import type { Language } from '../language.ts'
import { wordsOf } from '../words.ts'
import { drawPage } from './layout.ts'

/** For whoever found the way around the gateway: text alone, since even our style sheet is for those who were let in. */
export function drawRefused(language: Language, status: 401 | 503): Html {
  const words = wordsOf(language).refused
  const [title, more] = status === 401 ? [words.lead, words.more] : [words.away, words.awayMore]
  return drawPage({
    language,
    title: words.title,
    assets: null,
    styles: [],
    body: html`<body><main><h1>${title}</h1><p>${more}</p></main></body>`,
  })
}
