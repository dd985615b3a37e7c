import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { choosePort } from '../../test/support/listen.ts'
import type { Backends } from '../backends.ts'
import { type Program, type Starting, startNode, startProgram } from '../program.ts'
import { ready } from '../ready.ts'
import { findTool, type Tool } from '../setup.ts'
import { type Contender, type ContenderName, contenderOf } from './contender.ts'
import { caddyForwardAuth, haproxyPlain } from './haproxy-and-caddy.ts'
import { nginxAuth, nginxAuthStub, nginxPlain, writeNginx } from './nginx.ts'

/** Starts everybody but Sekisho. */
export async function startPeer(name: Exclude<ContenderName, 'sekisho'>, backends: Backends): Promise<Contender> {
  const { folder } = backends
  const port = await choosePort()
  const ports = { own: port, backend: backends.port, application: backends.applicationPort }
  const at: Starting = { place: 'contender', folder }
  const nginx = (http: string) => startTool('nginx', writeNginx(folder, name, http), at)
  const node = (program: string, ...words: readonly number[]) =>
    startNode(`programs/${program}.ts`, words.map(String), at)
  const start = async (): Promise<readonly Program[]> => {
    switch (name) {
      case 'nginx':
        return [nginx(nginxPlain(ports))]
      case 'nginx-auth-stub':
        return [nginx(nginxAuthStub(ports, await choosePort()))]
      case 'nginx-auth-node': {
        const answerer = await choosePort()
        return [node('auth-answerer', answerer), nginx(nginxAuth(ports, answerer))]
      }
      case 'haproxy':
        writeFileSync(join(folder, 'haproxy.cfg'), haproxyPlain(port, ports.backend))
        return [startTool('haproxy', ['-db', '-f', 'haproxy.cfg'], at)]
      case 'caddy-forward-auth': {
        const answerer = await choosePort()
        writeFileSync(join(folder, 'Caddyfile'), caddyForwardAuth(port, ports.backend, answerer))
        const words = ['run', '--config', 'Caddyfile', '--adapter', 'caddyfile']
        return [node('auth-answerer', answerer), startTool('caddy', words, at)]
      }
      case 'node-undici':
        return [node('undici-gateway', port, ports.backend)]
      case 'node-splice':
        return [node('splice', port, ports.backend)]
      default:
        return name satisfies never
    }
  }
  const programs = await start()
  await ready(port, name)
  return contenderOf(name, port, programs)
}

export function startTool(tool: Tool, words: readonly string[], starting: Starting): Program {
  return startProgram(findTool(tool) ?? tool, words, starting)
}
