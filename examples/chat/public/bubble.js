import { language, make, makeAvatar, makeIcon, me, say } from './dom.js'

// How one message looks.

export const filePath = 'M7 3h7l4 4v14H7zM14 3v4h4'
const time = new Intl.DateTimeFormat(language, { hour: 'numeric', minute: '2-digit' })
const day = new Intl.DateTimeFormat(language, { weekday: 'long', month: 'long', day: 'numeric' })
const exact = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'medium' })

/** `previous` decides whether the author is named again. A message without a number is still on its way. */
export function makeBubble(message, previous) {
  const isMine = message.author.id === me
  const follows =
    previous !== null &&
    previous.author.id === message.author.id &&
    message.at - previous.at < 300_000 &&
    isSameDay(previous.at, message.at)
  const item = make('li', { className: `message${isMine ? ' mine' : ''}${follows ? ' follows' : ''}` })
  const sent = new Date(message.at)
  const stamp = make('time', {
    dateTime: sent.toISOString(),
    title: exact.format(sent),
    textContent: message.number === undefined ? say('sending') : time.format(sent),
  })
  item.append(
    make(
      'div',
      { className: 'by' },
      makeAvatar(message.author),
      make('b', { textContent: isMine ? say('youMark') : message.author.name }),
    ),
    make(
      'div',
      { className: 'bubble' },
      message.text === '' ? null : makeText(message.text),
      message.file === null ? null : makeFile(message.file),
    ),
    stamp,
  )
  item.classList.toggle('pending', message.number === undefined)
  return item
}

export function makeDay(at) {
  const [today, yesterday] = [new Date(), new Date(Date.now() - 86_400_000)]
  const text = isSameDay(at, today)
    ? say('today')
    : isSameDay(at, yesterday)
      ? say('yesterday')
      : day.format(new Date(at))
  return make('li', { className: 'day' }, make('span', { textContent: text }))
}

export function isSameDay(left, right) {
  return new Date(left).toDateString() === new Date(right).toDateString()
}

export function formatSize(bytes) {
  const [unit, divisor] = bytes < 1_000_000 ? ['kilobyte', 1_000] : ['megabyte', 1_000_000]
  const digits = { style: 'unit', unit, maximumFractionDigits: bytes < 10_000_000 && bytes >= 1_000_000 ? 1 : 0 }
  return new Intl.NumberFormat(language, digits).format(Math.max(bytes / divisor, bytes === 0 ? 0 : 1))
}

/** Addresses become links; all else stays text. */
function makeText(text) {
  const paragraph = make('p')
  for (const [index, piece] of text.split(/(https?:\/\/[^\s<>"'、。）」]+[^\s<>"'、。）」.,:;!?)\]])/u).entries())
    paragraph.append(
      index % 2 === 0
        ? piece
        : make('a', { href: piece, textContent: piece, target: '_blank', rel: 'noopener noreferrer' }),
    )
  return paragraph
}

function makeFile(file) {
  const href = `/files/${file.id}/${encodeURIComponent(file.name)}`
  if (/^image\/(png|jpeg|gif|webp|avif)$/.test(file.type))
    return make(
      'a',
      { className: 'picture', href, target: '_blank' },
      make('img', { src: href, alt: file.name, loading: 'lazy' }),
    )
  const about = make(
    'span',
    {},
    make('b', { textContent: file.name }),
    make('small', { textContent: formatSize(file.size) }),
  )
  return make('a', { className: 'file', href, download: file.name, title: say('download') }, makeIcon(filePath), about)
}
