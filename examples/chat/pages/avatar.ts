import { type Html, html } from '../html.ts'
import type { Person } from '../visitor.ts'

/** Initials on one of eight colours; the page's script draws the same (dom.js). */
export function drawAvatar(person: Person): Html {
  const hue = Array.from(person.id).reduce((sum, character) => sum + (character.codePointAt(0) ?? 0), 0) % 8
  const words = person.name.trim().split(/\s+/u)
  // Two letters where names are written in Latin; one character says enough elsewhere.
  const letters = words.length > 1 && /^\p{Script=Latin}/u.test(person.name) ? [words[0], words.at(-1)] : [words[0]]
  const initials = letters
    .map(word => Array.from(word ?? '')[0] ?? '')
    .join('')
    .toUpperCase()
  return html`<span class="avatar hue-${hue}" aria-hidden="true">${initials}</span>`
}
