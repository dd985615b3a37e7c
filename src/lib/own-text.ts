/** A copy for a cache: a piece cut from a longer text keeps all of that in memory, with whatever else stands in it. Of latin1 text only. */
export function ownText(piece: string): string {
  return Buffer.from(piece, 'latin1').toString('latin1')
}
