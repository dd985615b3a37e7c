import { createServer, type Socket } from 'node:net'
import { listenOnLoopback } from './listen.ts'

// An SMTP server for very many mails: it keeps recipients and Message-IDs, and nothing else. It can be dead for a while.

export interface CountingSink extends AsyncDisposable {
  readonly port: number
  /** Message-IDs that were answered with 250, by recipient. */
  readonly arrived: ReadonlyMap<string, readonly string[]>
  readonly count: number
  /** Dead: every connection is closed at once. */
  die(dead: boolean): void
}

/** `refuses`: recipients whose mailbox does not exist. */
export async function startCountingSink(refuses: (recipient: string) => boolean): Promise<CountingSink> {
  const arrived = new Map<string, string[]>()
  const sockets = new Set<Socket>()
  const state = { dead: false, count: 0 }
  const keep = (recipient: string, messageId: string) => {
    state.count += 1
    arrived.set(recipient, [...(arrived.get(recipient) ?? []), messageId])
  }
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {}) // senders are killed
    if (state.dead) socket.destroy()
    else converse(socket, refuses, keep)
  })
  const port = await listenOnLoopback(server)
  return {
    port,
    arrived,
    get count() {
      return state.count
    },
    die(dead) {
      state.dead = dead
      if (dead) for (const socket of sockets) socket.destroy()
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

function converse(
  socket: Socket,
  refuses: (recipient: string) => boolean,
  keep: (to: string, id: string) => void,
): void {
  let [text, recipient, inBody] = ['', '', false]
  const say = (line: string) => socket.write(`${line}\r\n`)
  const command = (line: string) => {
    if (/^(EHLO|HELO|MAIL|RSET|NOOP)/i.test(line)) return say('250 ok')
    if (/^RCPT/i.test(line)) {
      recipient = /<([^>]*)>/.exec(line)?.[1] ?? ''
      return say(refuses(recipient) ? '550 5.1.1 no such mailbox' : '250 ok')
    }
    if (/^QUIT/i.test(line)) return socket.end('221 bye\r\n')
    if (!/^DATA/i.test(line)) return say('502 unknown')
    inBody = true
    return say('354 go on')
  }
  const read = (): void => {
    const end = inBody ? text.indexOf('\r\n.\r\n') : text.indexOf('\r\n')
    if (end < 0) return
    const part = text.slice(0, end)
    text = text.slice(end + (inBody ? 5 : 2))
    if (inBody) {
      inBody = false
      // Kept before it is answered: what the sender heard of is here.
      keep(recipient, /^Message-ID: *(\S+)/im.exec(part)?.[1] ?? 'none')
      say('250 kept')
    } else command(part)
    read()
  }
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk
    read()
  })
  say('220 sink')
}
