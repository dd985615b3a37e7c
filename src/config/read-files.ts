import { createHash } from 'node:crypto'
import { open, readdir, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { compareText, type Problem } from './problem.ts'

/** Where a file lies. `name` is how problems call it, `key` its place among the others, wherever all of them lie. */
export interface FilePlace {
  readonly name: string
  readonly key: string
  readonly path: string
}

/** One file, read whole. */
export interface TextFile extends FilePlace {
  readonly text: string
}

export interface FilesRead {
  readonly files: readonly TextFile[]
  readonly problems: readonly Problem[]
}

const bytesMax = 1024 * 1024
const filesMax = 1000
const depthMax = 8

/** Reads files whole, and none that is too large, no file at all, or no text. */
export async function readFiles(places: readonly FilePlace[]): Promise<FilesRead> {
  const files: TextFile[] = []
  const problems: Problem[] = []
  for (const place of places) {
    const read = await readText(place.path)
    if (read.kind === 'read') files.push({ ...place, text: read.text })
    else problems.push({ file: place.name, line: 1, column: 1, message: read.message })
  }
  return { files, problems }
}

/** All YAML files below a folder, sorted; names that begin with a dot are left out (editors, and Kubernetes' own folders). */
export async function listYaml(
  folder: string,
): Promise<{ places: readonly FilePlace[]; problems: readonly Problem[] }> {
  const places: FilePlace[] = []
  const problem = (message: string) => ({ places, problems: [{ file: folder, line: 1, column: 1, message }] })
  try {
    for await (const path of walk(folder, depthMax)) {
      if (places.length === filesMax) return problem(`found more than ${filesMax} files; expected fewer; join some`)
      places.push({ name: path, key: `policies/${relative(folder, path)}`, path })
    }
  } catch (cause) {
    return problem(
      `found no folder that can be read (${codeOf(cause)}); expected policies here; create it or name another`,
    )
  }
  return { places: places.toSorted((a, b) => compareText(a.path, b.path)), problems: [] }
}

/** SHA-256 over places and contents: two configurations with one digest are the same, wherever they lie. */
export function digestOf(files: readonly TextFile[]): string {
  const hash = createHash('sha256')
  for (const { key, text } of files.toSorted((a, b) => compareText(a.key, b.key)))
    hash.update(`${JSON.stringify(key)} ${Buffer.byteLength(text)}\n`).update(text)
  return hash.digest('hex')
}

async function* walk(folder: string, depth: number): AsyncGenerator<string> {
  for (const name of await readdir(folder)) {
    if (name.startsWith('.')) continue
    const path = join(folder, name)
    const kind = await stat(path) // follows links: mounted configuration is made of them
    if (kind.isDirectory() && depth > 0) yield* walk(path, depth - 1)
    else if (/\.ya?ml$/.test(name)) yield path
  }
}

type TextRead =
  | { readonly kind: 'read'; readonly text: string }
  | { readonly kind: 'unreadable'; readonly message: string }

export async function readText(path: string): Promise<TextRead> {
  const unreadable = (message: string): TextRead => ({ kind: 'unreadable', message })
  try {
    // Looked at before it is opened: opening a pipe would wait for somebody to write into it.
    const { size, isFile } = await stat(path).then(found => ({ size: found.size, isFile: found.isFile() }))
    if (!isFile) return unreadable('found no ordinary file; expected one; name another')
    if (size > bytesMax) return unreadable(`found ${size} bytes; expected at most 1 MiB; split the file`)
    return { kind: 'read', text: await readBounded(path) }
  } catch (cause) {
    if (cause instanceof TypeError) return unreadable('found bytes that are no text; expected UTF-8; save it as UTF-8')
    return unreadable(`found no file that can be read (${codeOf(cause)}); expected one; create it or name another`)
  }
}

async function readBounded(path: string): Promise<string> {
  await using file = await open(path, 'r')
  const buffer = Buffer.alloc(bytesMax)
  let filled = 0
  for (;;) {
    const { bytesRead } = await file.read(buffer, filled, bytesMax - filled)
    filled += bytesRead
    if (bytesRead === 0) return new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, filled))
  }
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
}
