import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Secret } from '../lib/secret.ts'
import type { PasswordsConfig } from './gateway-config.ts'
import type { GatewayFile } from './gateway-schema.ts'
import type { Problem } from './problem.ts'
import { absolute, type SecretReference } from './secrets.ts'
import type { Path, YamlSource } from './yaml-source.ts'

export interface PepperSecrets {
  readonly current: Secret | null
  readonly previous: readonly Secret[]
}

type ReadSecret = (path: Path, reference: SecretReference | undefined) => Promise<Secret | null>

/** The keys of the hashes, each long enough to be one. */
export async function readPepper(
  { passwords }: Partial<GatewayFile>,
  source: YamlSource,
  read: ReadSecret,
): Promise<{ pepper: PepperSecrets; problems: readonly Problem[] }> {
  const problems: Problem[] = []
  const key = async (path: Path, reference: SecretReference | undefined) => {
    const secret = await read(path, reference)
    if (secret === null || Buffer.from(secret.reveal().trim(), 'base64url').length >= keyBytes) return secret
    const found = `found fewer than ${keyBytes} bytes behind it; expected random bytes in base64url`
    problems.push(source.problemAt(path, `${found}; make them with: openssl rand -base64 32 | tr '+/' '-_'`))
    return null
  }
  const current = await key(['passwords', 'pepper', 'current'], passwords?.pepper.current)
  const previous: Secret[] = []
  for (const [i, reference] of (passwords?.pepper.previous ?? []).entries()) {
    const secret = await key(['passwords', 'pepper', 'previous', i], reference)
    if (secret !== null) previous.push(secret)
  }
  return { pepper: { current, previous }, problems }
}

const keyBytes = 32

export function passwordsOf({ passwords }: GatewayFile, pepper: PepperSecrets, folder: string): PasswordsConfig {
  const { mode, whenUnavailable } = passwords.leaked
  const { memory, passes } = passwords.cost
  return {
    leaked: { source: leakSourceOf(passwords.leaked, folder), mode, whenUnavailable },
    pepper,
    cost: { memoryKib: Math.floor(memory / 1024), passes },
  }
}

function leakSourceOf(
  { source, path = '', url = '' }: GatewayFile['passwords']['leaked'],
  folder: string,
): PasswordsConfig['leaked']['source'] {
  if (source === 'api') return { kind: 'api', url }
  return source === 'off' ? { kind: 'off' } : { kind: source, path: absolute(path, folder) }
}

/** What holds between this section and the others, and between it and the disk. */
export function checkPasswords(
  { passwords, development }: Partial<GatewayFile>,
  source: YamlSource,
  folder: string,
): readonly Problem[] {
  if (passwords === undefined) return []
  return [...cheapHashes(passwords.cost, development, source), ...unreadableList(passwords.leaked, source, folder)]
}

// OWASP password storage: the least that argon2id is to cost. Below it only what is never reached from elsewhere.
function cheapHashes(
  { memory, passes }: GatewayFile['passwords']['cost'],
  development: GatewayFile['development'] | undefined,
  source: YamlSource,
): Problem[] {
  if (development?.insecureCookies === true) return []
  const key = memory < memoryMin ? 'memory' : passes < passesMin ? 'passes' : null
  if (key === null) return []
  const expected = 'expected 19MiB and 2 passes at least, because stolen hashes would be tried too cheaply'
  return [
    source.problemAt(['passwords', 'cost', key], `found less; ${expected}; less is for development.insecureCookies`),
  ]
}

const memoryMin = 19 * 1024 * 1024
const passesMin = 2

function unreadableList(
  { source: kind, path }: GatewayFile['passwords']['leaked'],
  source: YamlSource,
  folder: string,
): Problem[] {
  if (path === undefined || (kind !== 'file' && kind !== 'folder')) return []
  const whole = absolute(path, folder)
  const problem = kind === 'file' ? problemOfFile(whole) : problemOfRange(join(whole, '00000.txt'))
  return problem === null ? [] : [source.problemAt(['passwords', 'leaked', 'path'], problem)]
}

function problemOfFile(file: string): string | null {
  const expected =
    'expected lines of 40 hex digits, a colon and a count (SHA-1, sorted by hash); download it as a single file'
  return problemOf(file, /^[0-9A-Fa-f]{40}:[0-9]{1,15}\r?(\n|$)/, expected)
}

function problemOfRange(file: string): string | null {
  return problemOf(
    file,
    /^[0-9A-Fa-f]{35}:[0-9]{1,15}\r?(\n|$)/,
    'expected ranges named ABCDE.txt with lines of 35 hex digits, a colon and a count; download them again',
  )
}

/** Its first line says what it is. Whether the whole of it is right is seen when it is opened. */
function problemOf(file: string, form: RegExp, expected: string): string | null {
  try {
    if (!statSync(file).isFile()) return `found no file at ${file}; ${expected}`
    const head = Buffer.alloc(64)
    const opened = openSync(file, 'r')
    try {
      const length = readSync(opened, head, 0, head.length, 0)
      return form.test(head.toString('latin1', 0, length)) ? null : `found something else in ${file}; ${expected}`
    } finally {
      closeSync(opened)
    }
  } catch (cause) {
    return `found ${file} unreadable (${cause instanceof Error && 'code' in cause ? String(cause.code) : 'failed'}); ${expected}`
  }
}
