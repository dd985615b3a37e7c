import { randomBytes, randomInt } from 'node:crypto'

/** Where chance comes from: always a cryptographically secure source, except in tests. */
export interface Random {
  bytes(count: number): Buffer
  /** Text of `byteCount` random bytes in base64url: 16 bytes are the least for anything that opens a door. */
  token(byteCount: number): string
  /** Decimal digits, each equally likely. */
  digits(count: number): string
}

export const secureRandom: Random = {
  bytes: randomBytes,
  token: byteCount => randomBytes(byteCount).toString('base64url'),
  digits: count => Array.from({ length: count }, () => randomInt(10)).join(''),
}
