import { LeakListProblem } from './leaked-passwords.ts'

// The lines of the lists: digits of a SHA-1, a colon, how often it was seen; CRLF or LF.

/** The count of `digits` (a whole hash, or what follows the prefix) among whole lines; 0 when it is not there. */
export function countAmong(text: string, digits: string): number {
  for (const line of text.split('\n')) {
    if (line === '' || line === '\r') continue
    const [, found = '', count = ''] = lineForm.exec(line) ?? []
    if (found.length !== digits.length)
      throw new LeakListProblem(`a line is not ${digits.length} digits, a colon and a count`)
    if (found.toUpperCase() === digits) return Number(count)
  }
  return 0
}

const lineForm = /^([0-9A-Fa-f]{35,40}):([0-9]{1,15})\r?$/

/** The hash that a line begins with, or null when the line is none of such a list. */
export function hashOfLine(line: string): string | null {
  const [, hash] = /^([0-9A-Fa-f]{40}):[0-9]{1,15}\r?$/.exec(line) ?? []
  return hash?.toUpperCase() ?? null
}
