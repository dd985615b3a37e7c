import { join } from 'node:path'
import { openKeys } from '../../src/composition/root-key.ts'
import { secureRandom } from '../../src/lib/random.ts'

// A process that opens the keys of many data directories, one after the other, and prints what it found in each.

const [, , folder = '', count = '0'] = process.argv
const found = Array.from({ length: Number(count) }, (_, n) => {
  try {
    return openKeys(null, join(folder, String(n)), secureRandom).audit.toString('hex')
  } catch (cause) {
    return String(cause)
  }
})
console.log(JSON.stringify(found))
