import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface Transfer {
  readonly port: number
  readonly authority: string
  readonly cookie: string
}

/** Reads a whole answer and throws it away; answers how many bytes came. */
export async function download(transfer: Transfer, path: string): Promise<number> {
  const buffer = Buffer.alloc(256 * 1024)
  let bytes = 0
  let first = ''
  const socket = connect({
    ...{ port: transfer.port, host: '127.0.0.1' },
    onread: {
      buffer,
      callback(count: number) {
        if (bytes === 0) first = buffer.toString('latin1', 0, 12)
        bytes += count
        return true
      },
    },
  })
  const closed = once(socket, 'close')
  socket.write(`GET ${path} HTTP/1.1\r\n${fieldsOf(transfer)}Connection: close\r\n\r\n`)
  await closed
  if (first !== 'HTTP/1.1 200') throw new Error(`the download was answered ${first}`)
  return bytes
}

/** Sends so many bytes as fast as they are taken. */
export async function upload(transfer: Transfer, path: string, bytes: number): Promise<void> {
  const socket = connect({ port: transfer.port, host: '127.0.0.1' })
  let answer = ''
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text
  })
  const closed = once(socket, 'close')
  socket.write(`POST ${path} HTTP/1.1\r\n${fieldsOf(transfer)}Content-Length: ${bytes}\r\nConnection: close\r\n\r\n`)
  const chunk = Buffer.alloc(64 * 1024)
  for (let sent = 0; sent < bytes; sent += chunk.length)
    if (!socket.write(chunk)) await Promise.race([once(socket, 'drain'), closed])
  await closed
  if (!answer.startsWith('HTTP/1.1 200') || !answer.includes(String(bytes)))
    throw new Error(`the upload was answered ${answer.slice(0, 200)}`)
}

/** A connection that has been answered once and stays open. */
export async function openKept(transfer: Transfer, path: string): Promise<Socket> {
  const socket = connect({ port: transfer.port, host: '127.0.0.1' })
  const answered = once(socket, 'data')
  socket.write(`GET ${path} HTTP/1.1\r\n${fieldsOf(transfer)}\r\n`)
  await answered
  return socket
}

function fieldsOf({ authority, cookie }: Transfer): string {
  return `Host: ${authority}\r\nCookie: ${cookie}\r\nOrigin: http://${authority}\r\nAccept: */*\r\n`
}
