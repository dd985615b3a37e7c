// Makes a fresh checkout ready: installs what package-lock.json names when it changed, and with --tests what the tests need
// from Debian. Runs on any Node >= 20, before anything is installed; everything after it runs on the Node that npm pinned.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

install(root, ['ci', '--no-audit', '--no-fund'])
if (process.argv.includes('--tests')) {
  installDebianPackages([
    { command: 'chromium', package: 'chromium', for: 'the browser tests' },
    {
      file: '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc',
      package: 'fonts-noto-cjk',
      for: 'the Japanese pages in the browser tests',
    },
  ])
  const lounge = join(root, 'test/interop/thelounge')
  if (existsSync(join(lounge, 'package-lock.json')))
    install(lounge, ['ci', '--no-audit', '--no-fund', '--omit=optional'])
}

function install(folder, npmArguments) {
  const lock = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex')
  const stamp = join(folder, 'node_modules', '.sekisho-installed')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  run('npm', npmArguments, folder)
  writeFileSync(stamp, lock)
}

function installDebianPackages(wanted) {
  const missing = wanted.filter(want => !isThere(want))
  if (missing.length === 0) return
  const names = missing.map(want => want.package)
  const mayInstall = process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0
  if (!mayInstall) {
    for (const want of missing)
      console.error(`missing: Debian package ${want.package}, needed for ${want.for} (apt-get install ${want.package})`)
    if (process.env.CI) process.exit(1)
    return
  }
  run('apt-get', ['update', '-q'], root)
  run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...names], root)
}

function isThere(want) {
  if (want.file !== undefined) return existsSync(want.file)
  return (process.env.PATH ?? '').split(':').some(folder => existsSync(join(folder, want.command)))
}

function run(command, args, cwd) {
  const { status } = spawnSync(command, args, {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (status !== 0) {
    console.error(`${command} ${args.join(' ')} failed in ${cwd}`)
    process.exit(status ?? 1)
  }
}
