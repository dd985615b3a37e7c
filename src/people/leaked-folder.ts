import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { countAmong } from './leaked-lines.ts'
import { type LeakList, LeakListProblem } from './leaked-passwords.ts'

/** A folder of "ABCDE.txt", one for each prefix, with the lines of the range API: about 40 KiB each, of which a look reads one. */
export function createLeakedFolder({ path }: { path: string }): LeakList {
  const read = async (prefix: string): Promise<string> => {
    const file = join(path, `${prefix}.txt`)
    const { size } = await stat(file)
    if (size > fileBytesMax) throw new LeakListProblem(`${file} is larger than any range is`)
    return readFile(file, 'latin1')
  }
  return {
    count: async sha1 => countAmong(await read(sha1.slice(0, 5)), sha1.slice(5)),
    async probe() {
      // The first and the last: a download that was broken off lacks one of them.
      for (const prefix of ['00000', 'FFFFF']) countAmong(await read(prefix), anySuffix)
      const { mtimeMs } = await stat(join(path, 'FFFFF.txt'))
      return { changedAt: Math.round(mtimeMs) }
    },
    async [Symbol.asyncDispose]() {},
  }
}

const fileBytesMax = 1024 * 1024
const anySuffix = '0'.repeat(35)
