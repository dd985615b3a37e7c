import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Bytes that what `make` answers keeps in memory. */
export async function keptBytes(make: () => unknown): Promise<number> {
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  const kept = await make()
  collectGarbage()
  const bytes = process.memoryUsage().heapUsed - before
  // Used after the look, or it might have been collected with the rest.
  if (kept === collectGarbage) throw new Error('that is nothing to keep')
  return bytes
}

/** A text as a parser cuts it from a head of 4 KiB: V8 keeps all of that as long as the piece. */
export function cutFromHead(text: string): string {
  const before = 'Cookie: '
  const head = Buffer.alloc(4096, 'x')
  head.write(`${before}${text}`, 'latin1')
  return head.toString('latin1').slice(before.length, before.length + text.length)
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect()
}
