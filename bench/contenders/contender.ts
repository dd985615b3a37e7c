import type { Usage } from '../machine.ts'
import type { Program } from '../program.ts'
import { tokenOf } from '../programs/checks.ts'
import type { Tool } from '../setup.ts'

/** Who is measured: a proxy in front of the same backend, with its helpers. */
export interface Contender {
  readonly name: ContenderName
  readonly port: number
  /** `Host` of its requests. */
  readonly authority: string
  /** Cookies of the people who ask, in turn. */
  readonly cookies: readonly string[]
  usage(): Usage
  stop(): void
}

/** In the order of the tables. */
export const contenderNames = {
  sekisho: 'Sekisho',
  nginx: 'nginx, no authentication',
  haproxy: 'haproxy, no authentication',
  'nginx-auth-stub': 'nginx + auth_request to a stub that checks nothing',
  'nginx-auth-node': 'nginx + auth_request to Node with the same checks',
  'caddy-forward-auth': 'caddy + forward_auth to Node with the same checks',
  'node-undici': 'node:http + undici with the same checks',
  'node-splice': 'bytes copied on Node, no HTTP',
} as const
export type ContenderName = keyof typeof contenderNames

export const toolOf: Readonly<Partial<Record<ContenderName, Tool>>> = {
  nginx: 'nginx',
  haproxy: 'haproxy',
  'nginx-auth-stub': 'nginx',
  'nginx-auth-node': 'nginx',
  'caddy-forward-auth': 'caddy',
}

/** As many people as take turns in a bench. */
export const peopleCount = 1000

export function contenderOf(name: ContenderName, port: number, programs: readonly Program[]): Contender {
  return {
    name,
    port,
    authority: `127.0.0.1:${port}`,
    cookies: Array.from({ length: peopleCount }, (_, n) => `sid=${tokenOf(n)}`),
    usage: () => sum(programs.map(program => program.usage())),
    stop() {
      for (const program of programs) program.stop()
    },
  }
}

function sum(usages: readonly Usage[]): Usage {
  return {
    cpuSeconds: usages.reduce((all, { cpuSeconds }) => all + cpuSeconds, 0),
    memoryBytes: usages.reduce((all, { memoryBytes }) => all + memoryBytes, 0),
  }
}
