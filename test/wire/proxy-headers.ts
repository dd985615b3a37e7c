// PROXY headers of version 2, right and wrong, as a proxy would write them.

export interface Version2 {
  readonly versionCommand?: number
  readonly command?: number
  readonly family: number
  /** Addresses, ports and vectors. */
  readonly addresses: readonly number[]
  /** Another length than the true one. */
  readonly length?: number
}

export function version2({ versionCommand, command = 0x21, family, addresses, length }: Version2): Buffer {
  const head = Buffer.alloc(16)
  head.write('\r\n\r\n\0\r\nQUIT\n', 'latin1')
  head.writeUInt8(versionCommand ?? command, 12)
  head.writeUInt8(family, 13)
  head.writeUInt16BE(length ?? addresses.length, 14)
  return Buffer.concat([head, Buffer.from(addresses)])
}

export function vector(type: number, value: readonly number[]): number[] {
  return [type, value.length >> 8, value.length & 255, ...value]
}

/** Fills the first vector of type 3 behind IPv4 addresses. */
export function checksum(header: Buffer): Buffer {
  const filled = Buffer.from(header)
  filled.writeUInt32BE(crc32c(header), 16 + 12 + 3)
  return filled
}

/** By a table, otherwise than the gateway does it. */
export function crc32c(bytes: Buffer): number {
  const table = Array.from({ length: 256 }, (_, n) => {
    let value = n
    for (let i = 0; i < 8; i++) value = value % 2 === 1 ? (0x82f63b78 ^ (value >>> 1)) >>> 0 : value >>> 1
    return value
  })
  return ~bytes.reduce((crc, byte) => (table[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8), ~0) >>> 0
}
