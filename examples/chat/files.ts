import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream, type ReadStream } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

export interface StoredFile {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly size: number
  readonly space: string
}

export interface Files {
  /** Writes a stream into the folder as it comes; nothing of a file that is too large or breaks off is kept. */
  store(body: Readable, about: { name: string; type: string; space: string }): Promise<Stored>
  /** A file of this space; those of others do not exist. */
  find(id: string, space: string): StoredFile | null
  /** The bytes from `start` to `end`, both counted in. */
  open(file: StoredFile, start: number, end: number): ReadStream
  count(space: string): number
  close(): Promise<void>
}

export type Stored =
  | { readonly kind: 'stored'; readonly file: StoredFile }
  | { readonly kind: 'too_large' | 'broken_off' }

export const fileBytesMax = 50 * 1024 * 1024
const filesMax = 300
const totalBytesMax = 1024 * 1024 * 1024

/** Keeps files in `folder`, or in a temporary one that is removed with the chat. The oldest make room for new ones. */
export async function createFiles(folder?: string): Promise<Files> {
  const root = folder ?? (await mkdtemp(join(tmpdir(), 'irori-')))
  await mkdir(root, { recursive: true })
  const files = new Map<string, StoredFile>()
  const pathOf = (id: string) => join(root, id)

  const remove = async (id: string): Promise<void> => {
    files.delete(id)
    await rm(pathOf(id), { force: true })
  }
  const makeRoom = async (): Promise<void> => {
    for (const { id } of [...files.values()]) {
      const total = [...files.values()].reduce((sum, file) => sum + file.size, 0)
      if (files.size <= filesMax && total <= totalBytesMax) return
      await remove(id)
    }
  }

  return {
    async store(body, about) {
      const id = randomUUID()
      const written = await write(body, pathOf(id))
      if (typeof written === 'string') {
        await remove(id)
        return { kind: written }
      }
      const file = { id, size: written, ...about }
      files.set(id, file)
      await makeRoom()
      return { kind: 'stored', file }
    },
    find(id, space) {
      const file = files.get(id)
      return file === undefined || file.space !== space ? null : file
    },
    open: (file, start, end) => createReadStream(pathOf(file.id), { start, end }),
    count: space => [...files.values()].filter(file => file.space === space).length,
    async close() {
      if (folder === undefined) await rm(root, { recursive: true, force: true })
      else await Promise.all([...files.keys()].map(remove))
    },
  }
}

/** The number of bytes written, or why there are none. */
async function write(body: Readable, path: string): Promise<number | 'too_large' | 'broken_off'> {
  let size = 0
  const counted = async function* (source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      size += chunk.byteLength
      if (size > fileBytesMax) return
      yield chunk
    }
  }
  try {
    await pipeline(body, counted, createWriteStream(path, { flags: 'wx' }))
  } catch {
    return 'broken_off' // the browser went away, or the disk did
  }
  return size > fileBytesMax ? 'too_large' : size
}
