// A ClientHello of TLS 1.2, byte for byte, with what no runtime would send.

export interface Hello {
  readonly serverName: Buffer
  /** Bytes of the padding extension (RFC 7685). */
  readonly padding?: number
}

export function clientHello({ serverName, padding = 0 }: Hello): Buffer {
  const name = Buffer.concat([Buffer.from([0]), sized(serverName)])
  const extensions = Buffer.concat([
    extension(0, sized(name)),
    extension(10, sized(Buffer.from([0, 29, 0, 23]))),
    extension(11, Buffer.from([1, 0])),
    extension(13, sized(Buffer.from([4, 3, 8, 4, 4, 1]))),
    ...(padding === 0 ? [] : [extension(21, Buffer.alloc(padding))]),
  ])
  const ciphers = Buffer.from([0xc0, 0x2b, 0xc0, 0x2f, 0xc0, 0x2c, 0xc0, 0x30])
  const body = Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32, 7),
    Buffer.from([0]),
    sized(ciphers),
    Buffer.from([1, 0]),
    sized(extensions),
  ])
  const message = Buffer.concat([
    Buffer.from([1, body.length >> 16, (body.length >> 8) & 255, body.length & 255]),
    body,
  ])
  const records: Buffer[] = []
  for (let at = 0; at < message.length; at += 16_384) {
    const part = message.subarray(at, at + 16_384)
    records.push(Buffer.from([0x16, 3, 1]), sized(part))
  }
  return Buffer.concat(records)
}

function sized(content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([content.length >> 8, content.length & 255]), content])
}

function extension(type: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type >> 8, type & 255]), sized(content)])
}
