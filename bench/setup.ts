import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The programs that the benches run beside the gateway, by command; each is the name of its Debian package. */
const tools = ['nginx', 'haproxy', 'caddy', 'wrk'] as const
export type Tool = (typeof tools)[number]

/** Where a program is; null when this machine has none. */
export function findTool(tool: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/local/sbin']
  return folders.map(folder => join(folder, tool)).find(file => existsSync(file)) ?? null
}

/** Installs what is missing where that is possible (Debian, as root), and says what is missing where it is not. */
export function setUp(): void {
  const missing = tools.filter(tool => findTool(tool) === null)
  if (missing.length === 0) return
  const mayInstall = process.getuid?.() === 0 && findTool('apt-get') !== null
  if (mayInstall) install(missing)
  const left = tools.filter(tool => findTool(tool) === null)
  if (left.length > 0) console.error(`bench: missing, so left out: apt-get install ${left.join(' ')} (as root)`)
}

function install(missing: readonly Tool[]): void {
  console.error(`bench: apt-get install ${missing.join(' ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  // Policy of the machine's service scripts: 101 forbids packages to start what they install.
  const policy = '/usr/sbin/policy-rc.d'
  const ours = !existsSync(policy)
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    spawnSync('apt-get', ['update', '-qq'], { env, stdio: 'ignore' })
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], { env, stdio: 'ignore' })
  } finally {
    if (ours) rmSync(policy)
  }
}
