import { type FileHandle, open, stat } from 'node:fs/promises'
import type { Clock } from '../lib/clock.ts'
import { countAmong, hashOfLine } from './leaked-lines.ts'
import { type LeakList, LeakListProblem } from './leaked-passwords.ts'

export interface LeakedFile extends LeakList {
  /** Blocks read so far. */
  reads(): number
}

/**
 * One sorted file of "SHA1:COUNT" lines, tens of gigabytes long. It is never loaded: hashes are spread evenly, so where one must lie can be
 * reckoned (interpolation), and what is left between is halved. The handle stays open; a file that takes its place is noticed.
 */
export function createLeakedFile({ path, clock }: { path: string; clock: Clock }): LeakedFile {
  let current: Promise<Opened> | null = null
  let lookedAt = Number.NEGATIVE_INFINITY
  let reads = 0
  const read: ReadBlock = (handle, at, length) => {
    reads++
    return readBlock(handle, at, length)
  }
  const freshest = async (): Promise<Opened> => {
    const now = clock.monotonicMs()
    if (current !== null && now - lookedAt < lookAgainMs) return current
    lookedAt = now
    const before = current
    const next = reopen(path, before, read)
    current = next
    try {
      return await next
    } catch (cause) {
      // Tried again at the next look: whoever copies a new list into place needs a moment.
      if (current === next) current = null
      throw cause
    }
  }
  return {
    reads: () => reads,
    async count(sha1) {
      const opened = await freshest()
      opened.users++
      try {
        return await search(opened, sha1, read)
      } finally {
        opened.users--
        if (opened.users === 0 && opened.retired) await opened.handle.close()
      }
    },
    async probe() {
      lookedAt = Number.NEGATIVE_INFINITY
      const { size, changedAt } = await freshest()
      return { bytes: size, changedAt }
    },
    async [Symbol.asyncDispose]() {
      const opened = await current?.catch(() => null)
      current = null
      if (opened != null) await retire(opened)
    },
  }
}

interface Opened {
  readonly handle: FileHandle
  readonly size: number
  readonly changedAt: number
  /** Tells one file from another that took its place. */
  readonly mark: string
  users: number
  retired: boolean
}

type ReadBlock = (handle: FileHandle, at: number, length: number) => Promise<Buffer>

/** A look at the file's own entry costs less than a read; once a second it costs nothing. */
const lookAgainMs = 1_000

async function reopen(path: string, before: Promise<Opened> | null, read: ReadBlock): Promise<Opened> {
  const old = await before?.catch(() => null)
  const { size, mtimeMs, ino } = await stat(path)
  const mark = `${ino} ${mtimeMs} ${size}`
  if (old != null && old.mark === mark && !old.retired) return old
  if (old != null) await retire(old)
  const handle = await open(path, 'r')
  const opened = { handle, size, changedAt: Math.round(mtimeMs), mark, users: 0, retired: false }
  try {
    await checkForm(path, opened, read)
    return opened
  } catch (cause) {
    await handle.close()
    throw cause
  }
}

async function retire(opened: Opened): Promise<void> {
  if (opened.retired) return
  opened.retired = true
  if (opened.users === 0) await opened.handle.close()
}

/** The two ends tell nearly everything that can be wrong: another format, another order, a copy that was cut off. */
async function checkForm(path: string, { handle, size }: Opened, read: ReadBlock): Promise<void> {
  const head = linesOf(await read(handle, 0, Math.min(blockBytes, size)), true, size <= blockBytes)
  const tail = linesOf(
    await read(handle, Math.max(0, size - blockBytes), Math.min(blockBytes, size)),
    size <= blockBytes,
    true,
  )
  const [first, last] = [hashOfLine(head.lines[0] ?? ''), hashOfLine(tail.lines.at(-1) ?? '')]
  if (first === null || last === null)
    throw new LeakListProblem(
      `${path} is no list of leaked passwords: expected lines of 40 hex digits (SHA-1, not NTLM), a colon and a count; download it as a single file`,
    )
  if (first > last) throw new LeakListProblem(`${path} is not sorted by hash; download it again as a single file`)
}

/** Of where the line of a hash can begin. */
interface Span {
  lo: number
  hi: number
  loHash: number
  hiHash: number
}

async function search({ handle, size }: Opened, sha1: string, read: ReadBlock): Promise<number> {
  const span: Span = { lo: 0, hi: size, loHash: 0, hiHash: 2 ** 48 }
  const target = numberOf(sha1)
  for (let step = 0; span.hi - span.lo > blockBytes; step++) {
    const at = step < reckonings ? reckon(span, target) : Math.floor((span.lo + span.hi - blockBytes) / 2)
    const block = await read(handle, at, Math.min(blockBytes, size - at))
    const { lines, from, to } = linesOf(block, at === span.lo, at + block.length === size)
    const [first, last] = [hashOfLine(lines[0] ?? ''), hashOfLine(lines.at(-1) ?? '')]
    if (first === null || last === null || first > last)
      throw new LeakListProblem(`no list of leaked passwords near byte ${at}`)
    if (sha1 < first) [span.hi, span.hiHash] = [at + from, numberOf(first)]
    else if (sha1 > last) [span.lo, span.loHash] = [at + to, numberOf(last)]
    else return countAmong(lines.join('\n'), sha1)
    if (step > stepsMax) throw new LeakListProblem('the list is not sorted')
  }
  if (span.hi <= span.lo) return 0
  const rest = await read(handle, span.lo, span.hi - span.lo)
  return countAmong(rest.toString('latin1'), sha1)
}

/** About eighty lines: one page of the disk's cache. */
const blockBytes = 4_096
/** Where hashes lie is even to about the square root of their number: two or three reckonings reach the block, and after six halving is surer. */
const reckonings = 6
/** Six reckonings and the halvings of 2^53 bytes. */
const stepsMax = 64

/** Where a hash should lie in between, less half a block. */
function reckon({ lo, hi, loHash, hiHash }: Span, target: number): number {
  const share = hiHash > loHash ? (target - loHash) / (hiHash - loHash) : 0.5
  const at = lo + Math.floor((hi - lo) * Math.min(1, Math.max(0, share))) - blockBytes / 2
  return Math.min(Math.max(lo, at), hi - blockBytes)
}

/** The first 48 bits. */
function numberOf(sha1: string): number {
  return Number.parseInt(sha1.slice(0, 12), 16)
}

/** The whole lines of a block, and from where to where they reach in it. */
function linesOf(
  block: Buffer,
  startsAtLine: boolean,
  endsAtLine: boolean,
): { lines: string[]; from: number; to: number } {
  const from = startsAtLine ? 0 : block.indexOf(newline) + 1
  const lastNewline = block.lastIndexOf(newline)
  const to = endsAtLine ? block.length : lastNewline + 1
  const text = block.toString('latin1', from, Math.max(from, to))
  const lines = text.split('\n').filter(line => line !== '' && line !== '\r')
  return { lines, from, to }
}

const newline = 0x0a

async function readBlock(handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const block = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await handle.read(block, filled, length - filled, at + filled)
    if (bytesRead === 0) throw new LeakListProblem('the list became shorter while it was read')
    filled += bytesRead
  }
  return block
}
