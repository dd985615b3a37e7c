import type { Readable, Writable } from 'node:stream'

export interface UploadEvents {
  /** The last byte was handed to the system. */
  onWhole(): void
  /** The client broke it off, or sent what it may not. */
  onBroken(cause: Error): void
  /** Something of it has moved. */
  onProgress(): void
}

/** A body on its way to an upstream. */
export interface Upload {
  /** True while the upstream takes nothing: the next move is its own. */
  readonly isStalled: boolean
  /** Sends no more of it. */
  stop(): void
}

/** A body that leaves in one write with its framing: copying it is cheaper than a second buffer for the kernel. */
const joinedBytesMax = 8 * 1024

/** Sends a body with backpressure. Its first bytes leave with the head that was just written. */
export function startUpload(body: Readable, socket: Writable, isChunked: boolean, events: UploadEvents): Upload {
  let isStalled = false
  const write = isChunked ? writeChunk : (to: Writable, bytes: Buffer) => to.write(bytes)
  const onData = (bytes: Buffer): void => {
    events.onProgress()
    if (bytes.length === 0 || write(socket, bytes)) return
    isStalled = true
    body.pause()
  }
  const onDrain = (): void => {
    isStalled = false
    events.onProgress()
    body.resume()
  }
  const stop = (): void => {
    body.off('data', onData)
    body.off('end', onEnd)
    body.off('error', onError)
    socket.off('drain', onDrain)
    isStalled = false
    body.destroy()
  }
  const onEnd = (): void => {
    if (isChunked) socket.write('0\r\n\r\n', 'latin1')
    stop()
    events.onWhole()
  }
  const onError = (cause: Error): void => {
    stop()
    events.onBroken(cause)
  }
  body.on('data', onData)
  body.on('end', onEnd)
  body.on('error', onError)
  socket.on('drain', onDrain)
  if (body.destroyed) onError(body.errored ?? new Error('the body was given up'))
  return {
    get isStalled() {
      return isStalled
    },
    stop,
  }
}

function writeChunk(socket: Writable, bytes: Buffer): boolean {
  const size = `${bytes.length.toString(16)}\r\n`
  if (bytes.length <= joinedBytesMax) return socket.write(`${size}${bytes.toString('latin1')}\r\n`, 'latin1')
  socket.cork()
  socket.write(size, 'latin1')
  socket.write(bytes)
  const more = socket.write('\r\n', 'latin1')
  socket.uncork()
  return more
}
