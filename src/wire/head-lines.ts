/** Lines of a text that ends each with CR LF; -1 when a CR or LF stands alone. What was written as so many fields must not be read as more. */
export function linesOf(text: string): number {
  let lines = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    if (text.charCodeAt(at - 1) !== 13) return -1
    lines += 1
  }
  let returns = 0
  for (let at = text.indexOf('\r'); at >= 0; at = text.indexOf('\r', at + 1)) returns += 1
  return returns === lines ? lines : -1
}
