import { isSameDay, makeBubble, makeDay } from './bubble.js'
import { byId, make, say } from './dom.js'

// The talk of one room: newest below, older ones on demand, and the place kept while somebody reads further up.

const log = byId('log')
const list = byId('messages')
const older = byId('older')
const newest = byId('newest')

export function createMessages() {
  let shown = []
  let pending = []
  let room = ''
  const outbox = new Map()

  const isAtEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 80
  const goToEnd = () => {
    log.scrollTop = log.scrollHeight
    newest.hidden = true
  }
  const draw = () => {
    const all = [...shown, ...pending]
    const items = all.flatMap((message, index) => {
      const previous = all[index - 1] ?? null
      const bubble = makeBubble(message, previous)
      return previous === null || !isSameDay(previous.at, message.at) ? [makeDay(message.at), bubble] : [bubble]
    })
    const empty = make(
      'li',
      { className: 'empty' },
      make('b', { textContent: say('empty') }),
      make('span', { textContent: say('emptyMore') }),
    )
    list.replaceChildren(...(all.length === 0 ? [empty] : items))
  }
  // Only the new end is added, so that pictures and selections above stay as they are.
  const append = message => {
    const previous = shown.at(-1) ?? null
    shown.push(message)
    if (previous === null || pending.length > 0) return draw()
    if (!isSameDay(previous.at, message.at)) list.append(makeDay(message.at))
    list.append(makeBubble(message, previous))
  }
  const keepingPlace = (isFollowed, change) => {
    const wasAtEnd = isAtEnd()
    change()
    if (wasAtEnd || isFollowed) goToEnd()
    else newest.hidden = false
  }

  list.addEventListener('load', () => newest.hidden && isNearPicture() && goToEnd(), true)
  const isNearPicture = () => log.scrollHeight - log.scrollTop - log.clientHeight < 500
  newest.onclick = goToEnd
  log.addEventListener(
    'scroll',
    () => {
      newest.hidden = newest.hidden || isAtEnd()
    },
    { passive: true },
  )
  new ResizeObserver(() => newest.hidden && goToEnd()).observe(log) // the keyboard of a phone came up, or the field grew

  older.onclick = async () => {
    const response = await fetch(`/api/rooms/${encodeURIComponent(room)}/messages?before=${shown[0]?.number ?? 0}`)
    if (!response.ok) return
    const { messages, more } = await response.json()
    const fromEnd = log.scrollHeight - log.scrollTop
    shown = [...messages, ...shown]
    older.hidden = !more
    draw()
    log.scrollTop = log.scrollHeight - fromEnd
  }

  return {
    last: () => shown.at(-1)?.number ?? 0,
    /** Begins anew with a room; what could not be sent there yet is still waiting. */
    clear(id) {
      outbox.set(room, pending)
      room = id
      shown = []
      pending = outbox.get(id) ?? []
      older.hidden = true
      newest.hidden = true
      list.replaceChildren()
    },
    /** What the server sent on entering: all there is, or what was missed while the connection was down. */
    enter({ messages, more }) {
      const isGap = more && shown.length > 0
      if (isGap || shown.length === 0) {
        shown = messages
        older.hidden = !more
        pending = pending.filter(({ nonce }) => !shown.some(message => message.nonce === nonce))
        draw()
        goToEnd()
      } else for (const message of messages) this.add(message)
    },
    add(message) {
      if (message.number <= this.last()) return
      const index = pending.findIndex(({ nonce }) => nonce === message.nonce)
      keepingPlace(index >= 0, () => {
        if (index < 0) return append(message)
        pending.splice(index, 1)
        shown.push(message)
        draw()
      })
    },
    addPending(message) {
      keepingPlace(true, () => {
        pending.push(message)
        draw()
      })
    },
    pending: () => pending,
  }
}
