import { createHmac } from 'node:crypto'
import { sameSecret } from '../lib/secret.ts'
import type { EmailKey } from './account.ts'

/**
 * A mark in the link of a mail that many people get at once, such as that of a reset campaign. It shows that whoever follows the link
 * reads the mailbox: an office behind one address must not use up its budget by doing what it was asked to. All that it is good for is
 * one more mail to that mailbox.
 */
export interface MailedLinks {
  markFor(name: EmailKey): string
  holds(name: EmailKey, mark: string): boolean
}

export function createMailedLinks(key: Buffer): MailedLinks {
  const markFor = (name: EmailKey) => createHmac('sha256', key).update(name).digest('base64url').slice(0, markLength)
  return { markFor, holds: (name, mark) => sameSecret(mark, markFor(name)) }
}

/** 132 bits. */
const markLength = 22
