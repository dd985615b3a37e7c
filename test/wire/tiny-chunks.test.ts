import { expect, test } from 'vitest'
import { startRooms } from '../proxy/rooms.ts'
import { connectRaw } from '../support/raw-http.ts'

test('a body in chunks of one byte goes on in few pieces, whole', async () => {
  const pieces: number[] = []
  await using rooms = await startRooms({
    handler(one) {
      one.body.on('data', (bytes: Buffer) => pieces.push(bytes.length))
      one.body.on('end', () => one.answer(200, [], 'done'))
    },
  })
  await using client = await connectRaw({ port: rooms.port })

  await client.send(
    `POST /x HTTP/1.1\r\nHost: gw.test\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\na\r\n'.repeat(50_000)}0\r\n\r\n`,
  )

  expect((await client.response())?.status).toBe(200)
  expect(pieces.reduce((sum, length) => sum + length, 0)).toBe(50_000)
  expect(pieces.length).toBeLessThan(1000)
})
