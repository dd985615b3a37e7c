import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** Resolves when somebody listens there. */
export async function ready(port: number, what: string): Promise<void> {
  for (let tries = 0; tries < 1200; tries++) {
    if (await isListening(port)) return
    await pause(50)
  }
  throw new Error(`${what} does not listen on port ${port}`)
}

function isListening(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    const tell = (is: boolean) => {
      socket.destroy()
      resolve(is)
    }
    socket.once('connect', () => tell(true)).once('error', () => tell(false))
  })
}
