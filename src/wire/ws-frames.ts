import { createHash } from 'node:crypto'

/** Follows the frames that a server sends, to find where a frame of our own may be put in between (RFC 6455 §5.2). Keeps no payload. */
export interface FrameCounter {
  /** Takes the next bytes, all of them. */
  count(bytes: Uint8Array): void
  /** Takes bytes up to the end of the frame that is open and says how many that were: 0 between frames, -1 when it does not end here. */
  countToBoundary(bytes: Uint8Array): number
}

export function createFrameCounter(): FrameCounter {
  let head: number[] = []
  let payloadLeft = 0

  // Takes at most the rest of one frame; answers the index behind it, or -1 when the bytes ran out first.
  const takeFrame = (bytes: Uint8Array, from: number): number => {
    let at = from
    const short = payloadLeft === 0 && head.length === 0 ? bytes[from + 1] : undefined
    if (short !== undefined && short < 126) {
      // Nearly every frame: a head of two bytes, all there.
      at += 2
      payloadLeft = short
    } else if (payloadLeft === 0) {
      for (let length: number | null = null; length === null; at++) {
        const byte = bytes[at]
        if (byte === undefined) return -1
        head.push(byte)
        length = payloadLength(head)
        if (length !== null) payloadLeft = length
      }
      head = []
    }
    const taken = Math.min(payloadLeft, bytes.length - at)
    payloadLeft -= taken
    return payloadLeft === 0 ? at + taken : -1
  }

  return {
    count(bytes) {
      for (let at = 0; at >= 0 && at < bytes.length; ) at = takeFrame(bytes, at)
    },
    countToBoundary(bytes) {
      if (payloadLeft === 0 && head.length === 0) return 0
      return takeFrame(bytes, 0)
    },
  }
}

/** Bytes behind the head, the mask (which servers must not use, but may) being part of the head; null while the head is not whole. */
function payloadLength(head: readonly number[]): number | null {
  const second = head[1]
  if (second === undefined) return null
  const short = second & 0x7f
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0
  if (head.length < 2 + extended + (second >= 0x80 ? 4 : 0)) return null
  if (extended === 0) return short
  return head.slice(2, 2 + extended).reduce((sum, byte) => sum * 256 + byte, 0)
}

/** A close frame as a server sends it. The reason is cut to what a control frame can hold (RFC 6455 §5.5: 125 bytes with the code). */
export function closeFrame(code: number, reason: string): Buffer {
  let text = Buffer.from(reason, 'utf8')
  if (text.length > 123) {
    let end = 123
    while (((text[end] ?? 0) & 0xc0) === 0x80) end-- // not inside of a character
    text = text.subarray(0, end)
  }
  return Buffer.concat([Buffer.from([0x88, text.length + 2, code >> 8, code & 0xff]), text])
}

/** Whether this is a handshake key: 16 bytes in canonical base64 (RFC 6455 §4.1). */
export function isHandshakeKey(key: string): boolean {
  return /^[A-Za-z0-9+/]{21}[AQgw]==$/.test(key)
}

/** Sec-WebSocket-Accept for a key. */
export function acceptValue(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`, 'latin1').digest('base64')
}
