import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { Random } from './random.ts'

/** Encrypts what the store must hold but a copy of the file must not give away (AES-256-GCM, the context is authenticated). */
export interface Seal {
  close(plain: string, context: string): string
  /** Throws when the text was changed, was sealed under another key, or belongs to another context. */
  open(sealed: string, context: string): string
}

const ivBytes = 12
const tagBytes = 16

export function createSeal(key: Buffer, random: Random): Seal {
  return {
    close(plain, context) {
      const iv = random.bytes(ivBytes)
      const cipher = createCipheriv('aes-256-gcm', key, iv)
      cipher.setAAD(Buffer.from(context, 'utf8'))
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return Buffer.concat([iv, body, cipher.getAuthTag()]).toString('base64url')
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed, 'base64url')
      // Only whole tags: a shorter one, which the runtime would take, is guessed sooner (SP 800-38D appendix C).
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes })
      decipher.setAAD(Buffer.from(context, 'utf8'))
      decipher.setAuthTag(bytes.subarray(-tagBytes))
      return Buffer.concat([decipher.update(bytes.subarray(ivBytes, -tagBytes)), decipher.final()]).toString('utf8')
    },
  }
}
