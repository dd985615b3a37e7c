// Speaks to the browser's authenticators. Without it, or without them, every page has another way.

const { SimpleWebAuthnBrowser: webauthn } = globalThis
const supported = webauthn?.browserSupportsWebAuthn() === true

for (const way of document.querySelectorAll('[data-passkey]')) {
  const form = way.querySelector('form')
  const shown = supported ? form : way.querySelector('[data-passkey-missing]')
  if (shown !== null) shown.hidden = false
  if (supported) prepare(way, form)
}

function prepare(way, form) {
  const purpose = way.dataset.passkey
  const button = form.querySelector('button')
  form.addEventListener('submit', async event => {
    event.preventDefault()
    say(way, null)
    button.disabled = true
    try {
      send(form, await ask(purpose, false))
    } catch (error) {
      say(way, sentenceFor(error))
      button.disabled = false
    }
  })
  if (purpose === 'sign_in') offerInField(form).catch(() => {}) // the button is still there
}

/** Options come fresh for each try: each challenge is good for one answer and five minutes. */
async function ask(purpose, useBrowserAutofill) {
  const response = await fetch('/passkeys/options', {
    method: 'POST',
    body: new URLSearchParams({ purpose }),
    headers: { Accept: 'application/json' },
    redirect: 'error',
  })
  if (!response.ok) throw new Error(`no options: ${response.status}`)
  const optionsJSON = await response.json()
  const isNew = 'pubKeyCredParams' in optionsJSON
  return isNew
    ? webauthn.startRegistration({ optionsJSON })
    : webauthn.startAuthentication({ optionsJSON, useBrowserAutofill })
}

function send(form, answer) {
  form.elements.namedItem('credential').value = JSON.stringify(answer)
  form.submit()
}

const renewMs = 4 * 60_000

/** Passkeys among the suggestions of the e-mail field, as long as the page lies open. */
async function offerInField(form) {
  if (document.querySelector('input[autocomplete~="webauthn"]') === null) return
  if (!(await webauthn.browserSupportsWebAuthnAutofill())) return
  const offer = async () => {
    try {
      send(form, await ask('sign_in', true))
    } catch (error) {
      // Ended by the button or by the renewal: whoever ended it goes on.
      if (error.name !== 'AbortError') clearInterval(renewal)
    }
  }
  const renewal = setInterval(offer, renewMs)
  await offer()
}

function sentenceFor({ name }) {
  if (name === 'NotAllowedError' || name === 'AbortError') return 'cancelled'
  return name === 'InvalidStateError' ? 'present' : 'failed'
}

function say(way, sentence) {
  const line = way.querySelector('[data-passkey-says]')
  line.hidden = sentence === null
  line.textContent = sentence === null ? '' : line.dataset[sentence]
}
