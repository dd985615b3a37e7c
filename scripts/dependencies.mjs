// What the product brings along: every production package that the lock resolves, with version and licence, as it is checked in as
// dependencies.txt. With --write it makes the file anew; without, it exits 1 when the file is not what the lock says.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const file = join(root, 'dependencies.txt')

/** Licences that allow use in a product under MIT without further duties than naming the author. */
export const allowedLicences = [
  'MIT',
  'MIT-0',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Unlicense',
  'BlueOak-1.0.0',
]

/** The production packages of a lock, sorted: those that `npm ci --omit=dev` may install on some platform. */
export function productionPackages(lock) {
  return Object.entries(lock.packages)
    .filter(([path, entry]) => path.startsWith('node_modules/') && !entry.dev && !entry.link)
    .map(([path, entry]) => ({
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version: entry.version,
      licence: entry.license ?? 'unknown',
      hasInstallScript: entry.hasInstallScript === true,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1))
}

export function readLock() {
  return JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
}

export function listDependencies(lock) {
  const packages = productionPackages(lock)
  const rows = packages.map(({ name, version, licence }) => `${name} ${version} ${licence}\n`)
  return `# Production packages, resolved. Made by scripts/dependencies.mjs from package-lock.json; a new line is seen in review.\n${rows.join('')}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const wanted = listDependencies(readLock())
  if (process.argv.includes('--write')) writeFileSync(file, wanted)
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== wanted) {
    console.error(
      'dependencies.txt is not what package-lock.json says: node scripts/dependencies.mjs --write, and look at the difference',
    )
    process.exitCode = 1
  }
}
