import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const leakedListName = 'leaked-passwords.txt'

/** A list of leaked passwords in the layout of the public downloader: sorted lines of SHA-1 and count. The real one is 40 GB; this one is for trying. */
export function writeLeakedList(folder: string, passwords: readonly string[]): void {
  const lines = [...new Set([...usual, ...passwords])].map(password => `${sha1(password)}:${countOf(password)}`)
  writeFileSync(join(folder, leakedListName), `${lines.toSorted().join('\r\n')}\r\n`)
}

/** Long enough for the rules, and in every list all the same. */
const usual = [
  'password',
  'correct horse battery staple',
  'qwertyuiopasdfghjkl',
  'thisismypassword123',
  'iloveyou-iloveyou-iloveyou',
]

function countOf(password: string): number {
  return 1000 + password.length
}

function sha1(password: string): string {
  return createHash('sha1').update(password, 'utf8').digest('hex').toUpperCase()
}
