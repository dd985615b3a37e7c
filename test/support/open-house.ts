import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { type Usage, usageOf } from '../../bench/machine.ts'
import type { ConfigurationInput } from '../../src/config/write.ts'
import { createDeployment } from './deployment.ts'
import { listenOnLoopback } from './listen.ts'

/** A gateway in a process of its own before an application that anybody may ask. */
export interface OpenHouse extends AsyncDisposable {
  readonly port: number
  /** Of the gateway. */
  usage(): Usage
}

const routes: ConfigurationInput = {
  kind: 'routes',
  routes: [{ name: 'app', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'public', websocket: true }],
}

const large = Buffer.alloc(1024 * 1024, 'y')

/** The application reads a body to its end before it answers, sends a megabyte at /large, and switches protocols for whoever asks. */
export async function startOpenHouse(): Promise<OpenHouse> {
  const tunnels = new Set<Socket>()
  const application = createServer((request, response) => {
    request.resume()
    request.once('end', () => response.end(request.url === '/large' ? large : 'ok'))
  })
  application.on('upgrade', (_, socket: Socket) => {
    tunnels.add(socket)
    socket.on('error', () => {}).on('close', () => tunnels.delete(socket))
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    socket.resume()
  })
  const upstream = `http://127.0.0.1:${await listenOnLoopback(application)}`
  const deployment = createDeployment({ upstream, policies: { routes } })
  const gateway = await deployment.start('gateway')
  return {
    port: gateway.port,
    usage: () => usageOf(gateway.pid),
    async [Symbol.asyncDispose]() {
      await deployment[Symbol.asyncDispose]()
      for (const socket of tunnels) socket.destroy()
      application.closeAllConnections()
      application.close()
    },
  }
}
