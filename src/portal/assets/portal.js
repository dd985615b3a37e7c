// Small comforts. Every page works without them.

for (const button of document.querySelectorAll('button[data-shows]')) {
  const input = document.getElementById(button.dataset.shows)
  button.hidden = false
  button.addEventListener('click', () => {
    const hidden = input.type === 'password'
    input.type = hidden ? 'text' : 'password'
    button.setAttribute('aria-pressed', String(hidden))
    button.textContent = hidden ? button.dataset.hide : button.dataset.show
    input.focus()
  })
  // A shown password must not go into the browser's list of typed texts.
  input.form.addEventListener('submit', () => {
    input.type = 'password'
  })
}

document.querySelector('[data-takes-focus]')?.focus()

for (const button of document.querySelectorAll('button[data-prints]')) {
  button.hidden = false
  button.addEventListener('click', () => window.print())
}

// Moments come in UTC; the person's own zone is known here alone.
for (const time of document.querySelectorAll('time[datetime]')) {
  const local = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'medium', timeStyle: 'short' })
  // oxlint-disable-next-line no-restricted-globals -- this runs in the browser, which has no Clock of ours
  const text = local.format(new Date(time.dateTime))
  if (time.title === '') time.textContent = text
  else time.title = text
}
