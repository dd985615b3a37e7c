import { byId, make, say } from './dom.js'
import { planReturn } from './reconnect.js'

// The one WebSocket of the page, and what to tell the person while there is none.

const state = byId('state')
const reloadedKey = 'irori-reloaded-at'

/** Keeps a connection; `onOpen` runs after each time it came about, `onEvent` for each event of the server, `onClose` when it is gone. */
export function createConnection({ onOpen, onEvent, onClose }) {
  let socket = null
  let attempt = 0
  let timer = 0

  const open = () => {
    clearTimeout(timer)
    socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/socket`)
    let isGreeted = false
    socket.onmessage = ({ data }) => {
      const event = JSON.parse(data)
      if (event.kind === 'hello') {
        isGreeted = true // only now: a refused connection opens too, and is closed at once with its code
        attempt = 0
        showState(null)
        onOpen()
      } else onEvent(event)
    }
    socket.onclose = event => {
      socket = null
      onClose()
      void comeBack(event, isGreeted)
    }
  }

  const comeBack = async ({ code, reason }, wasGreeted) => {
    const isUntold = !wasGreeted && code === 1006
    const plan = planReturn(isUntold && (await isSignedOut()) ? 4401 : code, attempt, Math.random)
    if (plan.kind === 'sign_in') return goToSignIn()
    if (plan.kind === 'refused') return showRefused(reason, open)
    attempt += 1
    showState(say(plan.state))
    timer = setTimeout(open, plan.waitMs)
  }

  const hurry = () => {
    if (socket === null && attempt > 0 && document.visibilityState === 'visible') open()
  }
  addEventListener('online', hurry)
  showState(say('connecting'))
  open()
  return {
    /** Says whether it could be sent; what could not is sent again after the next `onOpen`. */
    send(event) {
      if (socket?.readyState !== WebSocket.OPEN) return false
      socket.send(JSON.stringify(event))
      return true
    },
  }
}

/** A page load is what the gateway answers with its sign-in, and with the way back here afterwards. */
export function goToSignIn() {
  const last = Number(sessionStorage.getItem(reloadedKey) ?? 0)
  // Once: if it did not help a moment ago, the person decides.
  if (Date.now() - last < 60_000)
    return showState(
      say('signInAgain'),
      make('button', { className: 'button small', textContent: say('signInButton'), onclick: reload }),
    )
  showState(say('signIn'))
  setTimeout(reload, 800)
}

function reload() {
  sessionStorage.setItem(reloadedKey, String(Date.now()))
  location.reload()
}

function showRefused(receipt, open) {
  const again = make('button', { className: 'button small', textContent: say('tryAgain') })
  again.onclick = () => {
    showState(say('connecting'))
    open()
  }
  if (receipt === '') showState(say('refusedPlain'), again)
  else showState(say('refused'), make('code', { textContent: receipt }), again)
}

function showState(text, ...more) {
  state.replaceChildren(...(text === null ? [] : [make('p', {}, text, ...more.flatMap(part => [' ', part]))]))
}

// A handshake that was refused without a code says nothing to a page; a plain request does.
async function isSignedOut() {
  try {
    return (await fetch('/api/me', { headers: { accept: 'application/json' } })).status === 401
  } catch {
    return false
  }
}
