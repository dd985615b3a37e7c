import { byId, make, makeAvatar, me, nameOfRoom, say } from './dom.js'

// The side: rooms and people as they come and go (server-sent events), and the drawer it becomes on a phone.

const side = byId('side')
const shade = byId('shade')
const opener = byId('open-side')
const rooms = byId('rooms')
const people = byId('people')
const faces = byId('faces')

export function createSide({ onChoose }) {
  let presence = null
  let current = ''
  const unread = new Set()

  const draw = () => {
    if (presence === null) return
    rooms.replaceChildren(...presence.rooms.map(room => makeRoom(room, room.id === current, unread.has(room.id))))
    const others = presence.people.filter(person => person.id !== me)
    const items = presence.people
      .toSorted((a, b) => Number(b.id === me) - Number(a.id === me))
      .map(person => makePerson(person, presence.rooms))
    const alone = make('li', { className: 'alone', textContent: say('nobody') })
    people.replaceChildren(...items, ...(others.length === 0 ? [alone] : []))
    const here = presence.people.filter(({ id }) =>
      presence.rooms.find(room => room.id === current)?.people.includes(id),
    )
    faces.replaceChildren(
      ...here.slice(0, 4).map(makeAvatar),
      make('span', { textContent: say('hereCount', { count: here.length }) }),
    )
  }

  rooms.onclick = event => {
    const link = event.target.closest('a')
    if (link === null || event.metaKey || event.ctrlKey) return
    event.preventDefault()
    openSide(false)
    onChoose({
      id: link.dataset.room ?? decodeURIComponent(link.pathname.split('/').at(-1)),
      name: link.dataset.name ?? link.textContent,
    })
  }
  byId('new-room').onsubmit = event => {
    event.preventDefault()
    void createRoom(event.target, onChoose)
  }
  listen(told => {
    presence = told
    draw()
  })
  return {
    show(id) {
      current = id
      unread.delete(id)
      draw()
    },
    markUnread(id) {
      unread.add(id)
      draw()
    },
    nameOf: id => nameOfRoom(presence?.rooms.find(room => room.id === id) ?? { id, name: id }),
  }
}

opener.onclick = () => openSide(true)
byId('close-side').onclick = () => openSide(false)
shade.onclick = () => openSide(false)
addEventListener('keydown', event => event.key === 'Escape' && side.classList.contains('open') && openSide(false))

function openSide(isOpen) {
  if (side.classList.contains('open') === isOpen) return
  side.classList.toggle('open', isOpen)
  shade.hidden = !isOpen
  opener.setAttribute('aria-expanded', String(isOpen))
  if (isOpen) byId('close-side').focus()
  else opener.focus()
}

/** An EventSource comes back by itself after a broken connection, but gives up for good over a refusal. */
function listen(onPresence) {
  const source = new EventSource('/events')
  source.addEventListener('presence', event => onPresence(JSON.parse(event.data)))
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(() => listen(onPresence), 3_000 + 4_000 * Math.random())
  }
}

function makeRoom(room, isCurrent, isUnread) {
  const count =
    room.people.length === 0
      ? null
      : make('span', {
          className: 'count',
          textContent: String(room.people.length),
          title: say('hereCount', { count: room.people.length }),
        })
  const mark = isUnread ? make('span', { className: 'unread', textContent: say('unread') }) : null
  const link = make(
    'a',
    { href: `/rooms/${encodeURIComponent(room.id)}` },
    make('span', { className: 'room-name', textContent: nameOfRoom(room) }),
    mark,
    count,
  )
  link.dataset.room = room.id
  link.dataset.name = room.name
  if (isCurrent) link.setAttribute('aria-current', 'page')
  return make('li', {}, link)
}

function makePerson(person, all) {
  const room = all.find(({ people }) => people.includes(person.id))
  const name = make(
    'b',
    {},
    person.name,
    ...(person.id === me ? [make('small', { textContent: ` (${say('youMark')})` })] : []),
  )
  const where = room === undefined ? null : make('small', { textContent: say('inRoom', { room: nameOfRoom(room) }) })
  return make('li', {}, make('span', { className: 'present' }, makeAvatar(person)), make('span', {}, name, where))
}

async function createRoom(form, onChoose) {
  const fault = byId('new-room-fault')
  const body = JSON.stringify({ name: form.elements.name.value })
  const response = await fetch('/api/rooms', { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  fault.textContent = response.status === 422 ? say('roomInvalid') : response.status === 409 ? say('roomFull') : ''
  if (!response.ok) return
  form.reset()
  openSide(false)
  onChoose(await response.json())
}
