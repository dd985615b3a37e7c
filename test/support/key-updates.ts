import { createCipheriv, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'

// TLS 1.3 records as a client writes them that does nothing but change its keys (RFC 8446 §4.6.3): no runtime sends them at will.

/** Goes on where a handshake with TLS_AES_128_GCM_SHA256 ended, as long as the client has sent nothing else. */
interface KeyUpdates {
  /** So many changes, each with a wish that the server change its keys as well, or without. */
  next(count: number, wishes: boolean): Buffer
  /** Bytes of the application under the keys of this moment. */
  data(text: string): Buffer
}

/** `line`: what a client's `keylog` event says about CLIENT_TRAFFIC_SECRET_0. */
function startKeyUpdates(line: string): KeyUpdates {
  let secret: Buffer = Buffer.from(line.trim().split(' ')[2] ?? '', 'hex')
  let keys = keysOf(secret)
  let sent = 0
  const seal = (type: number, content: Buffer): Buffer => {
    const inner = Buffer.concat([content, Buffer.from([type])])
    const head = Buffer.from([0x17, 3, 3, (inner.length + 16) >> 8, (inner.length + 16) & 255])
    const nonce = Buffer.from(keys.iv)
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ sent) >>> 0, 8)
    sent += 1
    const cipher = createCipheriv('aes-128-gcm', keys.key, nonce).setAAD(head)
    return Buffer.concat([head, cipher.update(inner), cipher.final(), cipher.getAuthTag()])
  }
  const update = (wishes: boolean): Buffer => {
    const record = seal(0x16, Buffer.from([24, 0, 0, 1, wishes ? 1 : 0]))
    secret = expand(secret, 'traffic upd', 32)
    keys = keysOf(secret)
    sent = 0
    return record
  }
  return {
    next: (count, wishes) => Buffer.concat(Array.from({ length: count }, () => update(wishes))),
    data: text => seal(0x17, Buffer.from(text, 'latin1')),
  }
}

function keysOf(secret: Buffer) {
  return { key: expand(secret, 'key', 16), iv: expand(secret, 'iv', 12) }
}

/** RFC 8446 §7.1, HKDF-Expand-Label with an empty context; one block of SHA-256 is enough. */
function expand(secret: Buffer, label: string, length: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`)
  const info = Buffer.concat([Buffer.from([0, length, name.length]), name, Buffer.from([0])])
  return createHmac('sha256', secret)
    .update(Buffer.concat([info, Buffer.from([1])]))
    .digest()
    .subarray(0, length)
}

export interface KeyUpdater extends AsyncDisposable {
  readonly updates: KeyUpdates
  /** Bytes as they are, under the handshake's keys or later ones. */
  send(bytes: Buffer): void
  readonly closed: Promise<void>
}

/** A client that shakes hands as all do, and then writes its records itself. */
export async function connectKeyUpdater(port: number, servername = 'gw.test'): Promise<KeyUpdater> {
  const transport = connectTcp({ host: '127.0.0.1', port, noDelay: true }).on('error', () => {})
  const closed = new Promise<void>(resolve => void transport.once('close', () => resolve()))
  const way = new Duplex({ read() {}, write: (chunk, _encoding, done) => void transport.write(chunk, done) })
  let shakes = true
  transport.on('data', bytes => {
    if (shakes) way.push(bytes)
  })
  const ciphers = 'TLS_AES_128_GCM_SHA256'
  const client = connectTls({ socket: way, servername, ciphers, minVersion: 'TLSv1.3', rejectUnauthorized: false })
  let line = ''
  client.on('keylog', (text: Buffer) => {
    if (text.toString().startsWith('CLIENT_TRAFFIC_SECRET_0')) line = text.toString()
  })
  await once(
    client.on('error', () => {}),
    'secureConnect',
  )
  shakes = false
  return {
    updates: startKeyUpdates(line),
    send: bytes => void transport.write(bytes),
    closed,
    async [Symbol.asyncDispose]() {
      transport.destroy()
      await closed
    },
  }
}
