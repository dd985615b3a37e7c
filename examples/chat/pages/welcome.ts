import type { Identity } from '../../../src/verifier/claims.ts'
import type { Assets } from '../assets.ts'
import { type Html, html } from '../html.ts'
import type { Language } from '../language.ts'
import { personOf } from '../visitor.ts'
import { wordsOf } from '../words.ts'
import { drawPage, mark } from './layout.ts'

/** The page for everybody; it greets who is known already. */
export function drawWelcome(call: { language: Language; visitor: Identity | null }, assets: Assets): Html {
  const { language, visitor } = call
  const { name, welcome } = wordsOf(language)
  const label = visitor === null ? welcome.enter : welcome.continueAs.replace('{name}', personOf(visitor).name)
  return drawPage({
    language,
    title: `${welcome.title} · ${name}`,
    assets,
    styles: ['base.css', 'pages.css'],
    body: html`<body class="paper">
<main class="sheet">
<p class="brand">${mark}<span>${name}</span></p>
<h1>${welcome.title}</h1>
<p class="lead">${welcome.lead}</p>
<p><a class="button" href="/">${label}</a></p>
<dl class="points">${welcome.points.map(([title = '', text = '']) => html`<div><dt>${title}</dt><dd>${text}</dd></div>`)}</dl>
</main>
</body>`,
  })
}
