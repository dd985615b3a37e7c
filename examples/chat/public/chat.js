import { createComposer } from './composer.js'
import { createConnection } from './connection.js'
import { byId, language, me, nameOfRoom, say, words } from './dom.js'
import { createMessages } from './messages.js'
import { createSide } from './side.js'

// The page's script: which room is shown, and how messages get from the field to the others and back.

const myself = { id: me, name: byId('open-card').querySelector('b').textContent }
const typing = byId('typing')
let room = { id: document.body.dataset.room, name: document.body.dataset.room }
let unseen = 0
const writers = new Map()
let toldAt = 0

const messages = createMessages()
const side = createSide({ onChoose: choose })
const composer = createComposer({ onSay: speak, onTyping: tellTyping })
const connection = createConnection({ onOpen: enter, onEvent: hear, onClose: stopTyping })

function choose(chosen, isBack = false) {
  if (chosen.id === room.id) return
  room = chosen
  messages.clear(room.id)
  if (!isBack) history.pushState(room, '', `/rooms/${encodeURIComponent(room.id)}`)
  show()
  enter()
}

function show() {
  byId('room-name').textContent = nameOfRoom(room)
  stopTyping()
  side.show(room.id)
  composer.open(room.id)
  showTitle()
}

function enter() {
  connection.send({ kind: 'enter', room: room.id, after: messages.last() })
}

function hear(event) {
  switch (event.kind) {
    case 'entered':
      if (event.room.id !== room.id) return
      // The chat was started anew and counts from one again.
      if (event.last < messages.last()) {
        messages.clear(room.id)
        return enter()
      }
      room = event.room
      messages.enter(event)
      for (const { text, file, nonce } of messages.pending()) sendMessage(text, file, nonce)
      return
    case 'message':
      if (event.room === room.id) {
        writers.delete(event.message.author.id)
        if (writers.size === 0) stopTyping()
        messages.add(event.message)
      } else side.markUnread(event.room)
      if (document.hidden && event.message.author.id !== me) unseen += 1
      return showTitle()
    case 'typing':
      return showTyping(event)
    case 'slower':
      return void setTimeout(enter, 2_000) // entering sends again what is still on its way
    case 'no_room':
      return location.assign('/')
  }
}

function speak(text, file) {
  const nonce = crypto.getRandomValues(new Uint32Array(4)).join('-')
  messages.addPending({ author: myself, text, file, nonce, at: Date.now() })
  sendMessage(text, file, nonce)
  toldAt = 0 // the next letter begins something new
}

function sendMessage(text, file, nonce) {
  connection.send({ kind: 'say', text, file: file?.id ?? null, nonce })
}

function tellTyping() {
  if (Date.now() - toldAt < 3_000) return
  toldAt = Date.now()
  connection.send({ kind: 'typing' })
}

function showTyping({ room: where, person }) {
  if (where !== room.id) return
  writers.set(person.id, Date.now())
  for (const [id, at] of writers) if (Date.now() - at > 5_000) writers.delete(id)
  typing.textContent = writers.size > 1 ? say('typingMany') : say('typing', { name: person.name })
  setTimeout(() => {
    if (Date.now() - Math.max(0, ...writers.values()) >= 5_000) stopTyping()
  }, 5_100)
}

function stopTyping() {
  writers.clear()
  typing.textContent = ''
}

function showTitle() {
  const title = `${nameOfRoom(room)} · ${words.app}`
  document.title = unseen > 0 ? `(${unseen}) ${title}` : title
}

document.addEventListener('visibilitychange', () => {
  if (!document.hidden) unseen = 0
  showTitle()
})
addEventListener('popstate', ({ state }) =>
  choose(state ?? { id: document.body.dataset.room, name: document.body.dataset.room }, true),
)
byId('open-card').onclick = () => byId('card').showModal()
byId('card').onclick = event => {
  if (event.target === byId('card')) byId('card').close()
}
for (const time of byId('card').querySelectorAll('time'))
  time.textContent = new Date(time.dateTime).toLocaleString(language, { dateStyle: 'long', timeStyle: 'short' })
messages.clear(room.id)
show()
