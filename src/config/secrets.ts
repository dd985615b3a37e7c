import { resolve } from 'node:path'
import { Secret } from '../lib/secret.ts'
import { readText } from './read-files.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface SecretReference {
  readonly file?: string | undefined
  readonly env?: string | undefined
}

export type SecretRead =
  | { readonly kind: 'read'; readonly secret: Secret }
  | { readonly kind: 'missing'; readonly key: 'file' | 'env'; readonly message: string }

const bytesMax = 64 * 1024

/** Fetches a secret from where it is kept. What it holds never comes into a message. */
export async function readSecret(
  reference: SecretReference,
  places: { folder: string; environment: Environment },
): Promise<SecretRead> {
  if (reference.env !== undefined) {
    const value = places.environment[reference.env] ?? ''
    if (value !== '') return { kind: 'read', secret: new Secret(value) }
    const message = `found no value in the variable ${reference.env}; expected the secret; set it before the start`
    return { kind: 'missing', key: 'env', message }
  }
  const path = absolute(reference.file ?? '', places.folder)
  const read = await readText(path)
  if (read.kind === 'unreadable') return { kind: 'missing', key: 'file', message: `${read.message} (${path})` }
  const value = read.text.replace(/\r?\n$/, '')
  if (value !== '' && value.length <= bytesMax) return { kind: 'read', secret: new Secret(value) }
  return {
    kind: 'missing',
    key: 'file',
    message: `found ${value === '' ? 'nothing' : 'too much'} in ${path}; expected the secret alone; write it there`,
  }
}

/** Paths in a file are meant from its own folder, wherever the program was started. */
export function absolute(path: string, folder: string): string {
  return resolve(folder, path)
}
