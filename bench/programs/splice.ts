import { connect, createServer, type Socket } from 'node:net'

// The floor of a relay on Node: one connection to the backend for each client, bytes copied, no HTTP read at all.
const [port = 0, backend = 0] = process.argv.slice(2).map(Number)
const server = createServer({ noDelay: true }, client => {
  const upstream = connect({ port: backend, host: '127.0.0.1', noDelay: true })
  copy(client, upstream)
  copy(upstream, client)
})
server.listen(port, '127.0.0.1')

function copy(from: Socket, to: Socket): void {
  from.on('data', bytes => {
    if (to.write(bytes)) return
    from.pause()
    to.once('drain', () => from.resume())
  })
  from.on('error', () => to.destroy())
  from.on('close', () => to.destroy())
}
