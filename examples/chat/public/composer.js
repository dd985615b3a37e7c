import { filePath, formatSize } from './bubble.js'
import { byId, make, makeIcon, say } from './dom.js'
import { fileBytesMax, upload } from './upload.js'

// The field at the bottom: text, files, and what was being written when the session ended.

const form = byId('composer')
const text = byId('text')
const chosen = byId('file')
const attachments = byId('attachments')
const crossPath = 'M6 6l12 12M18 6L6 18'
// On a phone, Enter starts a new line and the button sends, as in other chats there.
const isTouch = matchMedia('(pointer: coarse)').matches

export function createComposer({ onSay, onTyping }) {
  let files = []
  let room = ''
  const draftKey = () => `irori-draft-${room}`

  const add = file => {
    const item = make('li', { className: 'attachment' })
    const bar = make('progress', { max: 1, value: 0 })
    const fault = reason => item.classList.add('failed') ?? bar.replaceWith(make('small', { textContent: reason }))
    const { done, abort } =
      file.size > fileBytesMax
        ? { done: Promise.resolve(null), abort() {} }
        : upload(file, share => (bar.value = share))
    const entry = { item, done }
    const remove = make(
      'button',
      { type: 'button', className: 'icon-button', onclick: () => abort() ?? discard(entry) },
      makeIcon(crossPath),
    )
    remove.setAttribute('aria-label', say('remove', { name: file.name }))
    item.append(
      makeThumbnail(file),
      make('span', {}, make('b', { textContent: file.name }), make('small', { textContent: formatSize(file.size) })),
      bar,
      remove,
    )
    void done.then(stored => {
      if (stored === null) fault(say(file.size > fileBytesMax ? 'tooLarge' : 'notSent', { name: file.name }))
      else bar.remove()
    })
    files.push(entry)
    attachments.append(item)
  }
  const discard = entry => {
    files = files.filter(other => other !== entry)
    entry.item.remove()
  }

  const submit = async () => {
    const said = text.value.trim()
    const sent = files
    if (said === '' && sent.length === 0) return
    text.value = ''
    sessionStorage.removeItem(draftKey())
    fit()
    const stored = await Promise.all(sent.map(({ done }) => done))
    sent.filter((_, index) => stored[index] !== null).forEach(discard)
    const arrived = stored.filter(file => file !== null)
    if (said !== '' || arrived.length > 0) onSay(said, arrived[0] ?? null)
    for (const file of arrived.slice(1)) onSay('', file)
  }

  form.onsubmit = event => {
    event.preventDefault()
    void submit()
    text.focus()
  }
  text.onkeydown = event => {
    // While a Japanese word is being converted, Enter picks the word.
    if (event.key !== 'Enter' || event.shiftKey || isTouch || event.isComposing || event.keyCode === 229) return
    event.preventDefault()
    form.requestSubmit()
  }
  text.oninput = () => {
    sessionStorage.setItem(draftKey(), text.value)
    fit()
    if (text.value !== '') onTyping()
  }
  byId('attach').onclick = () => chosen.click()
  chosen.onchange = () => {
    for (const file of chosen.files) add(file)
    chosen.value = ''
    text.focus()
  }
  addEventListener('paste', event => {
    for (const file of event.clipboardData?.files ?? []) add(file)
  })
  addEventListener('dragover', event => event.preventDefault())
  addEventListener('drop', event => {
    event.preventDefault()
    for (const file of event.dataTransfer?.files ?? []) add(file)
  })
  if (isTouch) text.enterKeyHint = 'enter'

  return {
    open(id) {
      room = id
      text.value = sessionStorage.getItem(draftKey()) ?? ''
      fit()
      if (!isTouch) text.focus()
    },
  }
}

function fit() {
  text.style.height = 'auto'
  text.style.height = `${Math.min(text.scrollHeight, 160)}px`
}

function makeThumbnail(file) {
  if (!file.type.startsWith('image/') || file.type === 'image/svg+xml')
    return make('span', { className: 'thumbnail' }, makeIcon(filePath))
  const address = URL.createObjectURL(file)
  return make('img', { className: 'thumbnail', src: address, alt: '', onload: () => URL.revokeObjectURL(address) })
}
