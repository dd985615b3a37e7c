import { chmodSync, closeSync, ftruncateSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { choosePort } from '../test/support/listen.ts'
import { nginxBackend, writeNginx } from './contenders/nginx.ts'
import { startTool } from './contenders/peers.ts'
import { startNode } from './program.ts'

/** What stands behind every contender, on the load's core. */
export interface Backends extends Disposable {
  /** nginx: small answers at every path, and `/big/file`. */
  readonly port: number
  /** Node: takes uploads at /sink and echoes WebSockets at /socket. */
  readonly applicationPort: number
  /** For files of this run. */
  readonly folder: string
  readonly bigBytes: number
}

export async function startBackends(bigBytes: number): Promise<Backends> {
  const folder = mkdtempSync(join(tmpdir(), 'sekisho-bench-'))
  chmodSync(folder, 0o755) // nginx's worker is nobody and serves a file from here
  const [port, applicationPort] = [await choosePort(), await choosePort()]
  const file = openSync(join(folder, 'file'), 'w')
  ftruncateSync(file, bigBytes)
  closeSync(file)
  const at = { place: 'load', folder } as const
  const backend = startTool('nginx', writeNginx(folder, 'backend', nginxBackend(port, folder)), at)
  const application = startNode('programs/application.ts', [String(applicationPort)], at)
  return {
    port,
    applicationPort,
    folder,
    bigBytes,
    [Symbol.dispose]() {
      backend.stop()
      application.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
