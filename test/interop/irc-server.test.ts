import { createConnection } from 'node:net'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { type IrcServer, startIrcServer } from '../support/irc-server.ts'

test('a client is welcomed only after it ended its negotiation of capabilities', async () => {
  const irc = await startServer()
  const client = await connect(irc)

  client.send('CAP LS 302')
  client.send('NICK alice')
  client.send('USER alice 0 * :Alice')
  expect(await client.next(' CAP ')).toBe(':irc.test CAP * LS :')
  client.send('PING before')
  expect(await client.next('PONG')).toContain('before')
  expect(client.seen).not.toContainEqual(expect.stringContaining(' 001 '))
  client.send('CAP END')

  expect(await client.next(' 001 ')).toBe(':irc.test 001 alice :Welcome, alice')
  expect(await client.next(' 376 ')).toContain('alice')
})

test('what one says in a channel reaches every other member once, and not the speaker', async () => {
  const irc = await startServer()
  const alice = await arrive(irc, 'alice')
  const bob = await arrive(irc, 'bob')
  const carol = await arrive(irc, 'carol')
  for (const client of [alice, bob, carol]) {
    client.send('JOIN #lobby')
    await client.next(' 366 ')
  }

  alice.send('PRIVMSG #lobby :hello: all of you')
  alice.send('PING done')

  expect(await bob.next('PRIVMSG')).toBe(':alice!alice@127.0.0.1 PRIVMSG #lobby :hello: all of you')
  expect(await carol.next('PRIVMSG')).toContain('hello')
  await alice.next('PONG')
  expect(alice.seen.filter(line => line.includes('PRIVMSG'))).toEqual([])
  expect(irc.members('#lobby')).toEqual(['alice', 'bob', 'carol'])
})

test('those who share a channel see each other come, get a topic, and go', async () => {
  const irc = await startServer()
  const alice = await arrive(irc, 'alice')
  alice.send('JOIN #lobby')
  await alice.next(' 366 ')
  const bob = await arrive(irc, 'bob')
  bob.send('JOIN #lobby')

  expect(await alice.next('bob!bob')).toContain('JOIN #lobby')
  expect(await bob.next(' 353 ')).toContain(':alice bob')
  bob.send('TOPIC #lobby :minutes')
  expect(await alice.next('TOPIC')).toContain(':minutes')
  bob.send('PART #lobby :bye')
  expect(await alice.next('PART')).toContain('bob!bob')
  bob.send('JOIN #lobby')
  await alice.next('JOIN')
  bob.send('QUIT :home')
  expect(await alice.next('QUIT')).toContain('bob!bob')
  expect(irc.members('#lobby')).toEqual(['alice'])
})

test('a nickname belongs to one client at a time, in any letter case', async () => {
  const irc = await startServer()
  await arrive(irc, 'alice')
  const other = await connect(irc)

  other.send('NICK Alice')

  expect(await other.next(' 433 ')).toContain('in use')
})

test('private words go to the one named, and to nobody when there is none', async () => {
  const irc = await startServer()
  const alice = await arrive(irc, 'alice')
  const bob = await arrive(irc, 'bob')

  alice.send('PRIVMSG bob :psst')
  alice.send('PRIVMSG nobody :psst')

  expect(await bob.next('PRIVMSG')).toBe(':alice!alice@127.0.0.1 PRIVMSG bob :psst')
  expect(await alice.next(' 401 ')).toContain('nobody')
})

test('questions a web chat asks after joining are answered to their end', async () => {
  const irc = await startServer()
  const alice = await arrive(irc, 'alice')
  alice.send('JOIN #lobby')
  alice.send('WHO #lobby')
  alice.send('MODE #lobby')
  alice.send('NAMES #lobby')
  alice.send('UNHEARD of')

  expect(await alice.next(' 352 ')).toContain(' alice H ')
  await alice.next(' 315 ')
  expect(await alice.next(' 324 ')).toContain('+nt')
  expect(await alice.next(' 366 ')).toContain('#lobby')
  expect(await alice.next(' 421 ')).toContain('UNHEARD')
})

async function startServer(): Promise<IrcServer> {
  const irc = await startIrcServer()
  onTestFinished(() => irc.close())
  return irc
}

interface RawClient {
  readonly seen: string[]
  send(line: string): void
  /** The next line, not given out before, that contains the text. */
  next(text: string): Promise<string>
}

async function arrive(irc: IrcServer, nick: string): Promise<RawClient> {
  const client = await connect(irc)
  client.send(`NICK ${nick}`)
  client.send(`USER ${nick} 0 * :${nick}`)
  await client.next(' 376 ')
  return client
}

async function connect(irc: IrcServer): Promise<RawClient> {
  const socket = createConnection(irc.port, '127.0.0.1')
  onTestFinished(() => {
    socket.destroy()
  })
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]()
  const seen: string[] = []
  return {
    seen,
    send: line => socket.write(`${line}\r\n`),
    async next(text) {
      for (;;) {
        const { value, done } = await lines.next()
        if (done === true) throw new Error(`the connection ended before ${text}; seen: ${seen.join(' | ')}`)
        seen.push(value)
        if (value.includes(text)) return value
      }
    },
  }
}
