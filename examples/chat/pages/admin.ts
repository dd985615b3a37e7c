import type { Assets } from '../assets.ts'
import { describePresence } from '../events.ts'
import { type Html, html } from '../html.ts'
import type { Language } from '../language.ts'
import type { Space } from '../spaces.ts'
import { type Words, wordsOf } from '../words.ts'
import { drawPage, mark } from './layout.ts'
import { nameOfRoom } from './room.ts'

interface Overview {
  readonly space: Space
  readonly files: number
  readonly language: Language
  readonly assets: Assets
}

/** For administrators of the organization: what goes on in its rooms, in numbers. */
export function drawAdmin({ space, files, language, assets }: Overview): Html {
  const words = wordsOf(language)
  const { people, rooms } = describePresence(space)
  const messages = [...space.rooms.values()].reduce((sum, room) => sum + room.count(), 0)
  const figures: [string, number][] = [
    [words.admin.people, people.length],
    [words.admin.rooms, rooms.length],
    [words.admin.messages, messages],
    [words.admin.files, files],
  ]
  const nameOf = new Map(people.map(person => [person.id, person.name]))
  const rows = rooms.map(room => ({
    name: nameOfRoom(room, words),
    messages: space.rooms.get(room.id)?.count() ?? 0,
    here: room.people.map(id => nameOf.get(id) ?? id).join(', '),
  }))
  return drawSheet(
    language,
    assets,
    words.admin.title,
    html`<p class="lead">${words.admin.lead}</p>
<dl class="figures">${figures.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>
<table>
<thead><tr><th scope="col">${words.admin.room}</th><th scope="col">${words.admin.messages}</th><th scope="col">${words.admin.now}</th></tr></thead>
<tbody>${rows.map(row => drawRow(row, words))}</tbody>
</table>`,
  )
}

/** For everybody else. */
export function drawNotForYou(language: Language, assets: Assets): Html {
  const { admin } = wordsOf(language)
  return drawSheet(language, assets, admin.notForYou, html`<p class="lead">${admin.notForYouLead}</p>`)
}

function drawRow(row: { name: string; messages: number; here: string }, { admin }: Words): Html {
  const here = row.here === '' ? admin.nobody : row.here
  return html`<tr><th scope="row">${row.name}</th><td data-label="${admin.messages}">${row.messages}</td><td data-label="${admin.now}">${here}</td></tr>`
}

function drawSheet(language: Language, assets: Assets, title: string, content: Html): Html {
  const { name, admin } = wordsOf(language)
  return drawPage({
    language,
    title: `${title} · ${name}`,
    assets,
    styles: ['base.css', 'pages.css'],
    body: html`<body class="paper">
<main class="sheet wide">
<p class="brand">${mark}<span>${name}</span></p>
<h1>${title}</h1>
${content}
<p><a class="button quiet" href="/">${admin.back}</a></p>
</main>
</body>`,
  })
}
