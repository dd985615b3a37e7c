/** Pipelined bytes that wait for the answer before them; with more, the socket is not read. */
export const pendingBytesMax = 64 * 1024

/**
 * Whether more than so many request heads wait in these bytes, which nobody has parsed yet. Counted are ends of request lines: a body can
 * hold such words too, but not by the thousand and by chance.
 */
export function hasMoreHeads(bytes: Buffer, max: number): boolean {
  if (bytes.length <= max * shortestHead) return false
  let heads = 0
  for (let at = bytes.indexOf(lineEnd); at >= 0; at = bytes.indexOf(lineEnd, at + lineEnd.length))
    if (++heads > max) return true
  return false
}

const lineEnd = ' HTTP/1.'
const shortestHead = 'GET / HTTP/1.1\r\n\r\n'.length
