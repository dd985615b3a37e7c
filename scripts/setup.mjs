// Makes a fresh checkout ready: installs what package-lock.json names when it changed, and with --tests what the tests need
// from Debian. Runs on any Node >= 20, before anything is installed; everything after it runs on the Node that npm pinned.
// Says one line per thing it does, and nothing when there is nothing to do. Exit code: 0, that of the program which failed, or
// 128 + number of the signal that ended it.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
let running = null
let stoppedBy = null
// A signal goes on to the program that works for us, so that nothing is left behind half done and running.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => {
    stoppedBy = signal
    if (running === null) fail(`stopped by ${signal}`, codeOf(signal))
    running.kill(signal)
  })

await installPackages(root, [])
givePinnedNode()
if (process.argv.includes('--tests')) {
  await installDebianPackages([
    { command: 'chromium', package: 'chromium', for: 'the browser tests' },
    {
      file: '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc',
      package: 'fonts-noto-cjk',
      for: 'the Japanese pages in the browser tests',
    },
    { command: 'php', package: 'php-cli', for: 'SimpleSAMLphp' },
    { file: '/usr/share/php8.2-xml', package: 'php-xml', for: 'SimpleSAMLphp' },
    { file: '/usr/share/php8.2-mbstring', package: 'php-mbstring', for: 'SimpleSAMLphp' },
    { file: '/usr/lib/python3/dist-packages/saml2', package: 'python3-pysaml2', for: 'single sign-on with pysaml2' },
    { command: 'xmlsec1', package: 'xmlsec1', for: 'single sign-on with pysaml2' },
  ])
  // Installed the usual way, it would bring a web server along that starts and listens on this machine. Formatters, linters and git
  // look past folders of this name.
  await unpackDebianPackage(
    'simplesamlphp',
    join(root, 'test/interop/saml/node_modules'),
    'usr/share/simplesamlphp/www',
  )
  const lounge = join(root, 'test/interop/thelounge')
  if (existsSync(join(lounge, 'package-lock.json'))) await installPackages(lounge, ['--omit=optional'])
}

/** The stamp is written last and taken away first: an installation that was interrupted is begun again. */
async function installPackages(folder, options) {
  const stamp = join(folder, 'node_modules/.sekisho-installed')
  const wanted = stampOf(folder, options)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  rmSync(stamp, { force: true })
  await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error', ...options], folder)
  writeFileSync(stamp, wanted)
}

/** The machine is part of it: a node_modules that was copied from another one holds the wrong binaries. */
function stampOf(folder, options) {
  const lock = readFileSync(join(folder, 'package-lock.json'))
  return createHash('sha256')
    .update(lock)
    .update([process.platform, process.arch, ...options].join(' '))
    .digest('hex')
}

/** npm pins Node for Linux on x64 and arm64. Elsewhere the Node that runs this has to do, if it is new enough. */
function givePinnedNode() {
  const pinned = join(root, 'node_modules/.bin/node')
  if (existsSync(pinned)) return
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < 24 || (major === 24 && minor < 15)) {
    console.error(
      `setup: npm has no Node for ${process.platform}-${process.arch} here; please run this with Node 24.15 or newer`,
    )
    process.exit(1)
  }
  mkdirSync(dirname(pinned), { recursive: true })
  symlinkSync(process.execPath, pinned)
}

async function installDebianPackages(wanted) {
  const missing = wanted.filter(want => !isThere(want))
  if (missing.length === 0) return
  const mayInstall = process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0
  if (mayInstall) {
    await run('apt-get', ['update', '-qq'], root)
    await run(
      'apt-get',
      ['install', '-y', '-qq', '--no-install-recommends', ...missing.map(want => want.package)],
      root,
    )
    return
  }
  for (const want of missing) console.error(`setup: ${want.package} is missing, needed for ${want.for}`)
  console.error(`setup: apt-get install ${missing.map(want => want.package).join(' ')} (as root)`)
  // Where nobody reads along, a run without the browser must not look like a whole one.
  if (process.env.CI) process.exit(1)
}

/** Fetches a package and takes it apart without installing it; that needs no root. */
async function unpackDebianPackage(name, folder, part) {
  if (existsSync(join(folder, name, part))) return
  const fetched = join(folder, 'fetched')
  rmSync(fetched, { recursive: true, force: true })
  mkdirSync(fetched, { recursive: true })
  console.error(`setup: apt-get download ${name}`)
  const quiet = { cwd: fetched, stdio: 'ignore' }
  if (process.getuid?.() === 0) spawnSync('apt-get', ['update', '-qq'], quiet)
  if (spawnSync('apt-get', ['download', '-qq', name], quiet).status !== 0) {
    console.error(`setup: ${name} is missing, needed for single sign-on with it; it comes by apt-get download`)
    if (process.env.CI) process.exit(1)
    return
  }
  const [file = ''] = readdirSync(fetched)
  await run('dpkg-deb', ['-x', join(fetched, file), join(folder, `${name}.part`)], root)
  renameSync(join(folder, `${name}.part`), join(folder, name))
  rmSync(fetched, { recursive: true })
}

function isThere(want) {
  if (want.file !== undefined) return existsSync(want.file)
  return (process.env.PATH ?? '').split(':').some(folder => existsSync(join(folder, want.command)))
}

/** Runs a program to its end. npm answers a signal with an exit code of its own; what we were told counts. */
function run(command, args, cwd) {
  console.error(`setup: ${command} ${args.join(' ')}${cwd === root ? '' : ` in ${cwd.slice(root.length + 1)}`}`)
  running = spawn(command, args, {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  return new Promise(resolve => {
    running.on('error', error => fail(`${command} could not be started: ${error.message}`, 127))
    running.on('close', (code, signal) => {
      running = null
      if (stoppedBy !== null) fail(`stopped by ${stoppedBy}`, codeOf(stoppedBy))
      if (signal !== null) fail(`${command} was ended by ${signal}`, codeOf(signal))
      if (code !== 0) fail(`${command} failed in ${cwd} with exit code ${code}`, code)
      resolve()
    })
  })
}

function codeOf(signal) {
  return 128 + constants.signals[signal]
}

function fail(message, code) {
  console.error(`setup: ${message}`)
  process.exit(code)
}
