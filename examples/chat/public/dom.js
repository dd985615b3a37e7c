// The few things that every part of the page needs: making elements, words, and how a person is drawn.

/** @type {Record<string, any>} */
export const words = JSON.parse(document.body.dataset.words ?? '{}')
export const me = document.body.dataset.me ?? ''
/** The language of the page, in the person's own variant of it where the browser has one (dates, times). */
export const language = navigator.language.startsWith(document.documentElement.lang)
  ? navigator.language
  : document.documentElement.lang

/** @param {string} id */
export function byId(id) {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`the page has no #${id}`)
  return found
}

/** Makes an element. Text is always set as text, so nothing a person wrote becomes markup. */
export function make(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties)
  made.append(...children.filter(child => child !== null))
  return made
}

/** Puts values into a sentence: say('typing', { name }). */
export function say(key, values = {}) {
  return String(words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''))
}

export function nameOfRoom(room) {
  return Object.hasOwn(words.roomNames, room.id) ? words.roomNames[room.id] : room.name
}

/** Initials on one of eight colours; the server draws the same (pages/avatar.ts). */
export function makeAvatar(person) {
  const hue = [...person.id].reduce((sum, character) => sum + character.codePointAt(0), 0) % 8
  const parts = person.name.trim().split(/\s+/u)
  const letters = parts.length > 1 && /^\p{Script=Latin}/u.test(person.name) ? [parts[0], parts.at(-1)] : [parts[0]]
  const initials = letters
    .map(part => [...part][0] ?? '')
    .join('')
    .toUpperCase()
  const avatar = make('span', { className: `avatar hue-${hue}`, textContent: initials })
  avatar.setAttribute('aria-hidden', 'true')
  return avatar
}

export function makeIcon(path) {
  const icon = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  icon.setAttribute('viewBox', '0 0 24 24')
  icon.setAttribute('class', 'icon')
  icon.setAttribute('aria-hidden', 'true')
  const drawn = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  drawn.setAttribute('d', path)
  icon.append(drawn)
  return icon
}
