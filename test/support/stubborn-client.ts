import { createConnection } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** A client that sends and reads nothing until it is told to: its receive window closes, and what we write piles up somewhere. */
export interface StubbornClient extends AsyncDisposable {
  send(text: string): void
  /** False when the other side takes no more. */
  sendOrStall(text: string): Promise<boolean>
  isStalled(): Promise<boolean>
  /** Half-closes: nothing more will be sent. */
  fin(): void
  /** Resolves once nothing more moves in either direction. */
  untilStalled(): Promise<void>
  /** Reads to the end of the connection: so many bytes. */
  readAll(): Promise<number>
  readUntil(mark: string): Promise<string>
}

const stallMs = 300

export async function startStubbornClient(port: number): Promise<StubbornClient> {
  const socket = createConnection({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true })
  socket.pause()
  socket.on('error', () => socket.destroy())
  await new Promise<void>(resolve => socket.once('connect', () => resolve()))
  const drained = async () => {
    if (socket.writableLength === 0) return true
    const inTime = await Promise.race([
      new Promise<boolean>(resolve => socket.once('drain', () => resolve(true))),
      pause(stallMs, false),
    ])
    return inTime || socket.writableLength === 0
  }
  return {
    send: text => {
      socket.write(text, 'latin1')
    },
    async sendOrStall(text) {
      if (socket.destroyed) return false
      return socket.write(text, 'latin1') || (await drained())
    },
    fin: () => void socket.end(),
    isStalled: async () => !(await drained()),
    async untilStalled() {
      await pause(stallMs)
    },
    async readAll() {
      let bytes = 0
      socket.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      socket.resume()
      await new Promise(resolve => socket.once('end', resolve).once('close', resolve))
      return bytes
    },
    async readUntil(mark) {
      let text = ''
      return new Promise(resolve => {
        socket.on('data', (chunk: Buffer) => {
          text += chunk.toString('latin1')
          if (text.slice(-chunk.length - mark.length).includes(mark)) resolve(text)
        })
        socket.on('close', () => resolve(text))
        socket.resume()
      })
    },
    async [Symbol.asyncDispose]() {
      socket.destroy()
    },
  }
}
