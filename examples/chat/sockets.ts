import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Identity } from '../../src/verifier/claims.ts'
import { refusalText } from './answer.ts'
import type { Files } from './files.ts'
import { parseSaying, type Saying } from './saying.ts'
import type { Member, Space, Spaces } from './spaces.ts'
import { describeFile } from './transfer.ts'
import { type Identify, personOf, spaceNameOf } from './visitor.ts'

export interface SocketsOptions {
  readonly identify: Identify
  readonly spaces: Spaces
  readonly files: Files
}

/**
 * Messages travel here. Who speaks is settled once, by the token of the upgrade; when that person may no longer be here, it is
 * the gateway that cuts the connection, and all we see is its end.
 */
export function createSockets({ identify, spaces, files }: SocketsOptions) {
  const server = new WebSocketServer({ noServer: true, maxPayload: 32 * 1024, perMessageDeflate: false })
  const beat = setInterval(() => server.clients.forEach(findDead), beatMs)
  beat.unref()

  const admit = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    socket.on('error', () => socket.destroy()) // it may break while the token is being verified
    const verified = await identify(request)
    if (verified.kind === 'refused') return refuse(socket, verified.reason === 'keys_unavailable' ? 503 : 401)
    if (URL.parse(request.url ?? '', 'http://chat.invalid')?.pathname !== '/socket') return refuse(socket, 404)
    server.handleUpgrade(request, socket, head, webSocket => {
      welcome(webSocket, verified.identity, spaces, files)
    })
  }

  return {
    upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
      void admit(request, socket, head)
    },
    close(): void {
      clearInterval(beat)
      for (const client of server.clients) client.close(1001, 'the chat is going away')
    },
  }
}

const beatMs = 25_000
const bufferedBytesMax = 1024 * 1024
const answered = new WeakSet<WebSocket>()

// A connection that was cut without a word is only found by asking.
function findDead(client: WebSocket): void {
  if (answered.delete(client)) client.ping()
  else client.terminate()
}

function refuse(socket: Duplex, status: 401 | 404 | 503): void {
  const text = status === 401 ? refusalText : 'There is nothing here.'
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`,
  )
}

function welcome(webSocket: WebSocket, identity: Identity, spaces: Spaces, files: Files): void {
  const space = spaces.find(spaceNameOf(identity))
  const member: Member = {
    person: personOf(identity),
    room: null,
    send(event) {
      // Whoever does not read is let go, before their messages fill our memory; their page comes back and catches up.
      if (webSocket.bufferedAmount > bufferedBytesMax) webSocket.terminate()
      else webSocket.send(JSON.stringify(event))
    },
  }
  const allowance = createAllowance(() => spaces.now())
  answered.add(webSocket)
  webSocket.on('pong', () => answered.add(webSocket))
  webSocket.on('error', () => webSocket.terminate())
  webSocket.on('close', () => {
    space.members.delete(member)
    space.changed()
  })
  webSocket.on('message', (bytes, isBinary) => {
    const saying = isBinary || !Buffer.isBuffer(bytes) ? null : parseSaying(bytes.toString('utf8'))
    if (saying === null) return webSocket.close(1008, 'not understood')
    if (!allowance.spend()) return member.send({ kind: 'slower', nonce: 'nonce' in saying ? saying.nonce : null })
    obey(saying, { member, space, files, now: spaces.now() })
  })
  space.members.add(member)
  space.changed()
  member.send({ kind: 'hello' })
}

interface Scene {
  readonly member: Member
  readonly space: Space
  readonly files: Files
  readonly now: number
}

function obey(saying: Saying, { member, space, files, now }: Scene): void {
  const room = space.rooms.get(saying.kind === 'enter' ? saying.room : (member.room ?? ''))
  if (room === undefined) {
    member.send({ kind: 'no_room' })
    return
  }
  switch (saying.kind) {
    case 'enter': {
      const moved = member.room !== room.id
      member.room = room.id
      member.send({
        kind: 'entered',
        room: { id: room.id, name: room.name },
        last: room.last(),
        ...room.after(saying.after),
      })
      if (moved) space.changed()
      return
    }
    case 'typing':
      for (const other of space.members)
        if (other.room === room.id && other.person.id !== member.person.id)
          other.send({ kind: 'typing', room: room.id, person: member.person })
      return
    case 'say': {
      const file = saying.file === null ? null : files.find(saying.file, space.name)
      if (saying.text === '' && file === null) return
      const attachment = file === null ? null : describeFile(file)
      const draft = { author: member.person, text: saying.text, file: attachment, nonce: saying.nonce, at: now }
      const { kind, message } = room.add(draft)
      if (kind === 'added') space.say(room, message)
      else member.send({ kind: 'message', room: room.id, message })
    }
  }
}

// Forty at once, then two a second: more than hands can type, less than a script would like.
function createAllowance(now: () => number) {
  let left = 40
  let countedAt = now()
  return {
    spend(): boolean {
      left = Math.min(40, left + (now() - countedAt) / 500)
      countedAt = now()
      if (left < 1) return false
      left -= 1
      return true
    },
  }
}
