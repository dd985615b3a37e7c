import type { Identity } from '../../../src/verifier/claims.ts'
import { type Html, html } from '../html.ts'
import type { Language } from '../language.ts'
import { isAdministrator, personOf } from '../visitor.ts'
import { wordsOf } from '../words.ts'
import { drawAvatar } from './avatar.ts'
import { drawIcon } from './layout.ts'

/** Who you are, as the signed token says, and the ways to your account and out. */
export function drawCard(visitor: Identity, language: Language, portalUrl: string): Html {
  const words = wordsOf(language)
  const { card } = words
  const rows: [string, string | Html][] = [
    [card.email, visitor.email],
    [card.organization, visitor.organization ?? card.none],
    [card.roles, translate(visitor.roles, words.roles) || card.none],
    [card.methods, translate(visitor.methods, words.methods) || card.none],
    [card.since, drawTime(visitor.authenticatedAt)],
    [card.session, visitor.sessionId],
  ]
  return html`<dialog id="card" aria-labelledby="card-title">
<header><h2 id="card-title">${card.title}</h2><form method="dialog"><button class="icon-button" aria-label="${card.close}">${drawIcon('close')}</button></form></header>
<p class="who">${drawAvatar(personOf(visitor))}<b>${personOf(visitor).name}</b></p>
<dl>${rows.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>
<p class="hint">${card.lead}</p>
<div class="actions">
<a class="button quiet" href="${portalUrl}/account">${card.account}</a>
${isAdministrator(visitor) ? html`<a class="button quiet" href="/admin/">${card.administration}</a>` : null}
<form method="post" action="/.sekisho/sign-out"><button class="button quiet">${card.signOut}</button></form>
</div>
</dialog>`
}

// The script says it in the person's own zone and language; without it, plainly in UTC.
function drawTime(at: number): Html {
  const text = new Date(at).toISOString()
  return html`<time datetime="${text}">${text.slice(0, 16).replace('T', ' ')} UTC</time>`
}

function translate(values: readonly string[], names: Readonly<Record<string, string>>): string {
  return values.map(value => (Object.hasOwn(names, value) ? names[value] : undefined) ?? value).join(', ')
}
