import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../lib/fault.ts'
import type { Random } from '../lib/random.ts'
import { deriveKey, type Secret } from '../lib/secret.ts'

/** The keys of one deployment, each derived for its own use: losing one tells nothing about another. */
export interface Keys {
  readonly sessions: Buffer
  readonly attempts: Buffer
  readonly codes: Buffer
  readonly handOvers: Buffer
  readonly mailedLinks: Buffer
  readonly audit: Buffer
  /** Of password hashes, where no key of their own is configured. */
  readonly passwords: Buffer
  readonly seal: Buffer
}

const keyBytes = 32

/**
 * The root key from configuration, or from `root.key` in the data directory, which is made on the first start (mode 0600).
 * Whoever has it and the store can read factor secrets and signing keys; without it the store's secrets stay sealed.
 */
export function openKeys(configured: Secret | null, dataDir: string, random: Random): Keys {
  const root =
    configured === null ? ownRootKey(dataDir, random) : readRootKey(configured.reveal(), 'the configured root key')
  return {
    sessions: deriveKey(root, 'session tokens'),
    attempts: deriveKey(root, 'attempt tokens'),
    codes: deriveKey(root, 'mailed codes'),
    handOvers: deriveKey(root, 'hand-over codes'),
    mailedLinks: deriveKey(root, 'mailed links'),
    audit: deriveKey(root, 'audit chain'),
    passwords: deriveKey(root, 'password hashes'),
    seal: deriveKey(root, 'sealed secrets'),
  }
}

function ownRootKey(dataDir: string, random: Random): Buffer {
  const file = join(dataDir, 'root.key')
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  if (!existsSync(file)) makeRootKey(file, random)
  return readRootKey(readFileSync(file, 'utf8'), file)
}

/** Whole or not at all: a process that starts beside this one, or after it was killed, must not read half a key. */
function makeRootKey(file: string, random: Random): void {
  const draft = `${file}.${random.token(6)}`
  writeFileSync(draft, `${random.token(keyBytes)}\n`, { mode: 0o600, flag: 'wx', flush: true })
  try {
    linkSync(draft, file) // unlike a rename it never replaces: of several processes one makes the key, and all read it
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause
  } finally {
    unlinkSync(draft)
  }
}

function readRootKey(text: string, where: string): Buffer {
  const key = Buffer.from(text.trim(), 'base64url')
  if (key.length < keyBytes)
    throw new Fault('invalid_input', {
      detail: `${where} must hold at least ${keyBytes} random bytes in base64url (for example: openssl rand -base64 32 | tr '+/' '-_')`,
    })
  return key
}
