import type { Identity } from '../../../src/verifier/claims.ts'
import type { Assets } from '../assets.ts'
import { type Html, html } from '../html.ts'
import type { Language } from '../language.ts'
import type { Room } from '../room.ts'
import type { Space } from '../spaces.ts'
import { personOf } from '../visitor.ts'
import { type Words, wordsOf } from '../words.ts'
import { drawAvatar } from './avatar.ts'
import { drawCard } from './card.ts'
import { drawIcon, drawPage, mark } from './layout.ts'

export interface RoomPage {
  readonly visitor: Identity
  readonly room: Room
  readonly space: Space
  readonly language: Language
  readonly assets: Assets
  readonly portalUrl: string
}

/** The chat: rooms and people at the side, the talk in the middle. The page's script fills in what changes. */
export function drawRoom({ visitor, room, space, language, assets, portalUrl }: RoomPage): Html {
  const words = wordsOf(language)
  const me = personOf(visitor)
  const told = JSON.stringify({ ...words.script, roomNames: words.roomNames, app: words.name })
  return drawPage({
    language,
    title: `${nameOfRoom(room, words)} · ${words.name}`,
    assets,
    styles: ['base.css', 'side.css', 'talk.css', 'composer.css', 'card.css'],
    body: html`<body class="chat" data-room="${room.id}" data-me="${me.id}" data-words="${told}">
<a class="skip" href="#text">${words.skip}</a>
${drawSide(visitor, space, room, words)}
${drawTalk(room, words)}
${drawCard(visitor, language, portalUrl)}
<noscript><p class="notice">${words.needsScript}</p></noscript>
<script type="module" src="${assets.url('chat.js')}"></script>
</body>`,
  })
}

export function nameOfRoom(room: { readonly id: string; readonly name: string }, { roomNames }: Words): string {
  const names: Readonly<Record<string, string>> = roomNames
  return (Object.hasOwn(names, room.id) ? names[room.id] : undefined) ?? room.name
}

function drawSide(visitor: Identity, space: Space, current: Room, words: Words): Html {
  const rooms = [...space.rooms.values()].map(room => {
    const here = room.id === current.id ? html` aria-current="page"` : null
    return html`<li><a href="/rooms/${encodeURIComponent(room.id)}"${here}><span class="room-name">${nameOfRoom(room, words)}</span></a></li>`
  })
  return html`<aside id="side" aria-label="${words.menu}">
<header class="side-head">
<p class="brand">${mark}<span>${words.name}${visitor.organization === null ? null : html`<small>${visitor.organization}</small>`}</span></p>
<button type="button" class="icon-button" id="close-side" aria-label="${words.closeMenu}">${drawIcon('close')}</button>
</header>
<div class="side-scroll">
<nav aria-label="${words.rooms}">
<h2>${words.rooms}</h2>
<ul id="rooms">${rooms}</ul>
<form id="new-room" autocomplete="off"><input name="name" maxlength="40" required placeholder="${words.newRoom}" aria-label="${words.newRoomName}" enterkeyhint="done"><button class="icon-button" aria-label="${words.create}">${drawIcon('plus')}</button></form>
<p id="new-room-fault" class="fault" role="alert"></p>
</nav>
<section aria-label="${words.here}">
<h2>${words.here}</h2>
<ul id="people"></ul>
</section>
</div>
<button type="button" class="me" id="open-card" aria-haspopup="dialog">${drawAvatar(personOf(visitor))}<span><b>${personOf(visitor).name}</b><small>${visitor.email}</small></span></button>
</aside>
<div id="shade" hidden></div>`
}

function drawTalk(room: Room, words: Words): Html {
  return html`<main>
<header class="bar">
<button type="button" class="icon-button" id="open-side" aria-controls="side" aria-expanded="false" aria-label="${words.menu}">${drawIcon('menu')}</button>
<h1 id="room-name">${nameOfRoom(room, words)}</h1>
<p id="faces"></p>
</header>
<div id="state" role="status"></div>
<div id="log" role="log" tabindex="0" aria-label="${words.log}">
<button type="button" id="older" class="button quiet small" hidden>${words.older}</button>
<ol id="messages"></ol>
</div>
<button type="button" id="newest" class="button small" hidden>${drawIcon('down')}${words.newest}</button>
<p id="typing"></p>
<form id="composer" autocomplete="off">
<ul id="attachments"></ul>
<div class="compose-row">
<input type="file" id="file" multiple hidden><button type="button" class="icon-button" id="attach" aria-label="${words.attach}">${drawIcon('clip')}</button>
<textarea id="text" rows="1" maxlength="4000" placeholder="${words.message}" aria-label="${words.message}"></textarea>
<button class="icon-button send" id="send" aria-label="${words.send}">${drawIcon('send')}</button>
</div>
</form>
</main>`
}
