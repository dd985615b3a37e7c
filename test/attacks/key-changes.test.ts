import { Socket } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { tlsTerms } from '../../src/lib/certificate-pair.ts'
import { boundKeyChanges } from '../../src/wire/key-changes.ts'
import { connectKeyUpdater } from '../support/key-updates.ts'
import { listenOnLoopback } from '../support/listen.ts'
import { createTestClock } from '../support/test-clock.ts'
import {
  authority,
  certificates,
  connectSecurely,
  get,
  last,
  ofGateway,
  readAll,
  startTlsEntrance,
} from '../wire/entrance.ts'

// A change of keys is 27 bytes that bring nothing, and costs us a hundred times as much as bytes do. A megabyte of them held the event loop
// for 150 ms, for 800 where each wished for one of ours (and nobody took it).

const other = authority.issue({ names: ['other.test'] })
const kinds = [
  ['the certificate for everybody', 'nobody.test', false],
  ['the certificate of a name', 'gw.test', false],
  ['a wish for our keys', 'gw.test', true],
] as const

describe.each(kinds)('changes of keys, with %s', (_, name, wishes) => {
  const start = () => {
    const clock = createTestClock()
    return { clock, entering: startTlsEntrance({ clock, certificates: certificates(other, ofGateway) }) }
  }

  test('end the connection when they do not end, and others are served', async () => {
    const { entering } = start()
    await using entrance = await entering
    await using client = await connectKeyUpdater(entrance.port, name)

    client.send(client.updates.next(3000, wishes))

    await client.closed
    expect(entrance.refused.map(({ fault }) => fault.rule)).toEqual(['key-changes'])
    const next = await connectSecurely(entrance.port)
    next.write(last('/'))
    expect(await readAll(next)).toContain('200 OK')
  })

  test('may come now and then, for as long as the client likes', async () => {
    const { clock, entering } = start()
    await using entrance = await entering
    await using client = await connectKeyUpdater(entrance.port, name)

    for (let round = 1; round <= 20; round++) {
      client.send(Buffer.concat([client.updates.next(10, wishes), client.updates.data(get('/'))]))
      await expect.poll(() => entrance.served.length).toBe(round)
      clock.advance(10_000)
    }

    expect(entrance.refused).toEqual([])
  })
})

test('nothing more is read behind those that are too many, however much has come', async () => {
  const server = createServer({ ...tlsTerms, cert: ofGateway.pem, key: ofGateway.key })
  const told = new Promise<TLSSocket>(resolve => boundKeyChanges(server, createTestClock(), resolve))
  server.on('secureConnection', socket => socket.resume().on('error', () => {}))
  const port = await listenOnLoopback(server)
  await using client = await connectKeyUpdater(port)

  client.send(client.updates.next(8000, false))

  const transport: unknown = Reflect.get(await told, '_parent')
  // A read is of 64 KiB; all of it would be read in a row.
  expect(transport instanceof Socket ? transport.bytesRead : 0).toBeLessThan(100_000)
  server.close()
})
