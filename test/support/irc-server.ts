import { createServer, type Socket } from 'node:net'
import { listenOnLoopback } from './listen.ts'

// A small IRC server (RFC 2812), just enough for a web chat: nicknames, channels, and messages that really pass from one
// client to the others. It keeps nothing, knows no operators and no passwords.

export interface IrcServer extends AsyncDisposable {
  readonly port: number
  /** Nicknames in a channel, in the order of their joining; empty when there is no such channel. */
  members(channel: string): string[]
  close(): Promise<void>
}

/** Starts on a free port of 127.0.0.1. */
export async function startIrcServer(): Promise<IrcServer> {
  const house: House = { clients: new Set(), channels: new Map() }
  const server = createServer(socket => receive(house, socket))
  const port = await listenOnLoopback(server)
  const close = () => {
    for (const client of house.clients) client.socket.destroy()
    return new Promise<void>(resolve => server.close(() => resolve()))
  }
  return {
    port,
    members: channel => [...(house.channels.get(channel)?.members ?? [])].map(member => member.nick),
    close,
    [Symbol.asyncDispose]: close,
  }
}

interface House {
  readonly clients: Set<Client>
  readonly channels: Map<string, Channel>
}

interface Channel {
  readonly name: string
  readonly members: Set<Client>
  topic: string
}

interface Client {
  readonly socket: Socket
  nick: string
  user: string
  welcomed: boolean
  /** Between CAP LS and CAP END nobody is welcomed yet. */
  negotiating: boolean
}

type Command = (house: House, client: Client, parameters: readonly string[]) => void

const serverName = 'irc.test'

const commands: Readonly<Record<string, Command>> = {
  CAP: (_house, client, [verb = '']) => {
    if (verb === 'LS' || verb === 'LIST') {
      client.negotiating = verb === 'LS'
      send(client, `:${serverName} CAP ${named(client)} ${verb} :`)
    }
    if (verb === 'REQ') send(client, `:${serverName} CAP ${named(client)} NAK :`)
    if (verb === 'END') client.negotiating = false
    welcome(client)
  },
  NICK: (house, client, [nick = '']) => {
    if ([...house.clients].some(other => other !== client && other.nick.toLowerCase() === nick.toLowerCase()))
      return reply(client, '433', `${nick} :Nickname is already in use`)
    if (client.welcomed) for (const other of seeing(house, client)) send(other, `:${mask(client)} NICK :${nick}`)
    client.nick = nick
    welcome(client)
  },
  USER: (_house, client, [user = '']) => {
    client.user = user
    welcome(client)
  },
  PING: (_house, client, [token = '']) => send(client, `:${serverName} PONG ${serverName} :${token}`),
  PONG: () => {},
  JOIN: (house, client, [names = '']) => {
    for (const name of names.split(',')) join(house, client, name)
  },
  PART: (house, client, [name = '', reason = '']) => {
    const channel = house.channels.get(name)
    if (channel === undefined) return reply(client, '403', `${name} :No such channel`)
    for (const member of channel.members) send(member, `:${mask(client)} PART ${name} :${reason}`)
    channel.members.delete(client)
  },
  PRIVMSG: (house, client, parameters) => relay(house, client, 'PRIVMSG', parameters),
  NOTICE: (house, client, parameters) => relay(house, client, 'NOTICE', parameters),
  NAMES: (house, client, [name = '']) => sendNames(house, client, name),
  WHO: (house, client, [name = '']) => {
    for (const member of house.channels.get(name)?.members ?? [])
      reply(client, '352', `${name} ${member.user} 127.0.0.1 ${serverName} ${member.nick} H :0 ${member.nick}`)
    reply(client, '315', `${name} :End of WHO list`)
  },
  MODE: (_house, client, [name = '', mode = '']) => {
    if (mode === 'b' || mode === '+b') return reply(client, '368', `${name} :End of channel ban list`)
    if (mode === '') reply(client, '324', `${name} +nt`)
  },
  TOPIC: (house, client, [name = '', text]) => {
    const channel = house.channels.get(name)
    if (channel === undefined) return reply(client, '403', `${name} :No such channel`)
    if (text === undefined) return sendTopic(client, channel)
    channel.topic = text
    for (const member of channel.members) send(member, `:${mask(client)} TOPIC ${name} :${text}`)
  },
  QUIT: (_house, client, [reason = '']) => {
    send(client, `ERROR :Closing link: ${reason}`)
    client.socket.end()
  },
}

function receive(house: House, socket: Socket): void {
  const client: Client = { socket, nick: '', user: '', welcomed: false, negotiating: false }
  house.clients.add(client)
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('data', (text: string) => {
    const lines = (rest + text).split(/\r?\n/)
    rest = lines.pop() ?? ''
    for (const line of lines) obey(house, client, line)
  })
  socket.on('error', () => socket.destroy())
  socket.on('close', () => leave(house, client))
}

function obey(house: House, client: Client, line: string): void {
  const { command, parameters } = parseLine(line)
  if (command === '') return
  const act = commands[command]
  if (act === undefined) reply(client, '421', `${command} :Unknown command`)
  else act(house, client, parameters)
}

/** `[:source] COMMAND middle middle :the rest` (RFC 2812 §2.3.1). */
function parseLine(line: string): { command: string; parameters: string[] } {
  const colon = line.indexOf(' :')
  const words = (colon < 0 ? line : line.slice(0, colon)).split(' ').filter(word => word !== '')
  if (words[0]?.startsWith(':') === true) words.shift()
  const [command = '', ...parameters] = words
  if (colon >= 0) parameters.push(line.slice(colon + 2))
  return { command: command.toUpperCase(), parameters }
}

function welcome(client: Client): void {
  if (client.welcomed || client.negotiating || client.nick === '' || client.user === '') return
  client.welcomed = true
  reply(client, '001', `:Welcome, ${client.nick}`)
  reply(client, '002', `:Your host is ${serverName}`)
  reply(client, '003', ':This server keeps nothing')
  reply(client, '004', `${serverName} 1 i nt`)
  reply(
    client,
    '005',
    'CHANTYPES=# PREFIX=(o)@ NETWORK=Test CASEMAPPING=ascii NICKLEN=30 :are supported by this server',
  )
  reply(client, '375', ':Message of the day')
  reply(client, '376', ':End of message of the day')
}

function join(house: House, client: Client, name: string): void {
  if (!name.startsWith('#')) {
    reply(client, '403', `${name} :No such channel`)
    return
  }
  const channel = house.channels.get(name) ?? { name, members: new Set<Client>(), topic: '' }
  house.channels.set(name, channel)
  if (channel.members.has(client)) return
  channel.members.add(client)
  for (const member of channel.members) send(member, `:${mask(client)} JOIN ${name}`)
  if (channel.topic !== '') sendTopic(client, channel)
  sendNames(house, client, name)
}

function relay(house: House, client: Client, command: string, [target = '', text = '']: readonly string[]): void {
  const channel = house.channels.get(target)
  const person = [...house.clients].find(other => other.nick.toLowerCase() === target.toLowerCase())
  const readers = channel !== undefined ? channel.members : person !== undefined ? [person] : null
  if (readers === null) reply(client, '401', `${target} :No such nick or channel`)
  else
    for (const reader of readers) if (reader !== client) send(reader, `:${mask(client)} ${command} ${target} :${text}`)
}

function leave(house: House, client: Client): void {
  for (const other of seeing(house, client)) if (other !== client) send(other, `:${mask(client)} QUIT :left`)
  for (const channel of house.channels.values()) channel.members.delete(client)
  house.clients.delete(client)
}

/** Everyone who shares a channel with the client, the client included. */
function seeing(house: House, client: Client): Set<Client> {
  const shared = [...house.channels.values()].filter(channel => channel.members.has(client))
  return new Set([client, ...shared.flatMap(channel => [...channel.members])])
}

function sendTopic(client: Client, channel: Channel): void {
  if (channel.topic === '') reply(client, '331', `${channel.name} :No topic is set`)
  else reply(client, '332', `${channel.name} :${channel.topic}`)
}

function sendNames(house: House, client: Client, name: string): void {
  const names = [...(house.channels.get(name)?.members ?? [])].map(member => member.nick)
  reply(client, '353', `= ${name} :${names.join(' ')}`)
  reply(client, '366', `${name} :End of NAMES list`)
}

function reply(client: Client, code: string, text: string): void {
  send(client, `:${serverName} ${code} ${named(client)} ${text}`)
}

function send(client: Client, line: string): void {
  if (client.socket.writable) client.socket.write(`${line}\r\n`)
}

function named(client: Client): string {
  return client.nick === '' ? '*' : client.nick
}

function mask(client: Client): string {
  return `${client.nick}!${client.user}@127.0.0.1`
}
