import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Identity } from '../../src/verifier/claims.ts'
import { answerJson, answerPage, answerText } from './answer.ts'
import type { Assets } from './assets.ts'
import { describePresence, type Events } from './events.ts'
import type { Files } from './files.ts'
import type { Language } from './language.ts'
import { drawAdmin, drawNotForYou } from './pages/admin.ts'
import { drawRoom } from './pages/room.ts'
import { drawWelcome } from './pages/welcome.ts'
import { parseObject } from './saying.ts'
import type { Space, Spaces } from './spaces.ts'
import { receiveFile, sendFile } from './transfer.ts'
import { isAdministrator, spaceNameOf } from './visitor.ts'

export interface Route {
  readonly methods: readonly string[]
  readonly path: RegExp
  /** `public` routes answer everybody and know who it is when a token came along. */
  readonly access: 'public' | 'person'
  answer(call: Call): void | Promise<void>
}

export interface Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
  readonly language: Language
  readonly visitor: Identity | null
  /** What the first bracket of the path matched. */
  readonly parameter: string
}

export interface House {
  readonly assets: Assets
  readonly events: Events
  readonly files: Files
  readonly spaces: Spaces
  readonly portalUrl: string
}

/** Everything there is to ask for, but the WebSocket. */
export function createRoutes({ assets, events, files, spaces, portalUrl }: House): readonly Route[] {
  const read = ['GET', 'HEAD']
  const spaceOf = ({ visitor }: Call) => spaces.find(visitor === null ? '' : spaceNameOf(visitor))
  const showRoom = (call: Call) => answerRoom(call, spaceOf(call), assets, portalUrl)
  return [
    { methods: read, path: /^\/$/, access: 'person', answer: showRoom },
    { methods: read, path: /^\/rooms\/([^/]+)$/, access: 'person', answer: showRoom },
    {
      methods: read,
      path: /^\/admin\/?$/,
      access: 'person',
      answer: call => answerAdmin(call, spaceOf(call), files, assets),
    },
    { methods: read, path: /^\/healthz$/, access: 'public', answer: call => answerText(call.response, 200, 'ok') },
    {
      methods: read,
      path: /^\/welcome$/,
      access: 'public',
      answer: call => answerPage(call.response, 200, drawWelcome(call, assets)),
    },
    {
      methods: read,
      path: /^\/public\/(.+)$/,
      access: 'public',
      answer: call => assets.send(call.parameter, call.response),
    },
    {
      methods: ['GET'],
      path: /^\/events$/,
      access: 'person',
      answer: call => events.stream(spaceOf(call).name, call.response),
    },
    {
      methods: read,
      path: /^\/api\/me$/,
      access: 'person',
      answer: call => answerJson(call.response, 200, call.visitor),
    },
    {
      methods: read,
      path: /^\/api\/rooms$/,
      access: 'person',
      answer: call => answerJson(call.response, 200, describePresence(spaceOf(call))),
    },
    { methods: ['POST'], path: /^\/api\/rooms$/, access: 'person', answer: call => createRoom(call, spaceOf(call)) },
    {
      methods: read,
      path: /^\/api\/rooms\/([^/]+)\/messages$/,
      access: 'person',
      answer: call => answerHistory(call, spaceOf(call)),
    },
    {
      methods: ['POST'],
      path: /^\/api\/files$/,
      access: 'person',
      answer: call => receiveFile(call.request, call.response, files, spaceOf(call).name),
    },
    {
      methods: read,
      path: /^\/files\/([\w-]+)(?:\/[^/]*)?$/,
      access: 'person',
      answer: call => answerFile(call, spaceOf(call), files),
    },
  ]
}

function answerRoom(call: Call, space: Space, assets: Assets, portalUrl: string): void {
  const { visitor, response, language } = call
  const room = space.rooms.get(decode(call.parameter) || 'general')
  if (visitor === null || room === undefined) response.writeHead(303, { location: '/' }).end()
  else answerPage(response, 200, drawRoom({ visitor, room, space, language, assets, portalUrl }), portalUrl)
}

function answerAdmin({ visitor, response, language }: Call, space: Space, files: Files, assets: Assets): void {
  // The gateway's route asks for the role too; a backend that can ask for itself does not rely on one line of configuration.
  if (visitor === null || !isAdministrator(visitor)) answerPage(response, 403, drawNotForYou(language, assets))
  else answerPage(response, 200, drawAdmin({ space, language, assets, files: files.count(space.name) }))
}

async function createRoom({ request, response }: Call, space: Space): Promise<void> {
  // JSON cannot be sent by a form of another site without asking first (CORS).
  const isJson = request.headers['content-type']?.startsWith('application/json') === true
  const body = isJson ? await readShort(request) : null
  if (body === null) return answerText(response, 415, 'A short JSON object, please.')
  const name = parseObject(body)?.['name']
  const creation = space.createRoom(typeof name === 'string' ? name : '')
  switch (creation.kind) {
    case 'created':
      return answerJson(response, 201, { id: creation.room.id, name: creation.room.name })
    case 'known':
      return answerJson(response, 200, { id: creation.room.id, name: creation.room.name })
    case 'invalid':
      return answerJson(response, 422, { error: 'name_invalid' })
    case 'full':
      return answerJson(response, 409, { error: 'too_many_rooms' })
  }
}

function answerHistory({ url, response, parameter }: Call, space: Space): void {
  const before = Number(url.searchParams.get('before') ?? Number.MAX_SAFE_INTEGER)
  const room = space.rooms.get(decode(parameter))
  if (room === undefined || Number.isNaN(before)) answerJson(response, 404, { error: 'no_room' })
  else answerJson(response, 200, room.before(before))
}

async function answerFile({ request, response, parameter }: Call, space: Space, files: Files): Promise<void> {
  const file = files.find(parameter, space.name)
  if (file === null) return answerText(response, 404, 'This file is no longer here.')
  await sendFile(request, response, files, file)
}

async function readShort(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  for await (const chunk of request) {
    chunks.push(Buffer.from(chunk))
    if (chunks.length > 100 || Buffer.concat(chunks).length > 1_000) return null
  }
  return Buffer.concat(chunks).toString('utf8')
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return ''
  }
}
