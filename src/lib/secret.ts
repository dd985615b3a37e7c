import { createHash, hkdfSync, timingSafeEqual } from 'node:crypto'
import { inspect } from 'node:util'

/** A value that must not be printed. It shows as `[secret]` in logs, JSON, templates and the debugger; `reveal()` gives it up. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [inspect.custom](): string {
    return '[secret]'
  }
}

/** Compares in a time that does not depend on where the two differ (lengths included: both are hashed first). */
export function sameSecret(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right))
}

/** What is stored in place of a random token of 128 bits or more. Such a token needs no salt and no slow hash: it cannot be guessed. */
export function hashToken(token: string): string {
  return digest(token).toString('base64url')
}

/** A key of its own for each purpose, so that no two uses of the root key can be played against each other (RFC 5869). */
export function deriveKey(root: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', root, Buffer.alloc(0), `sekisho ${purpose}`, 32))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest()
}
