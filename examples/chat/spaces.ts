import { createRoom, type Message, type Room } from './room.ts'
import type { Person } from './visitor.ts'

/** One open WebSocket of a person. */
export interface Member {
  readonly person: Person
  /** The room on the person's screen; null until one was entered. */
  room: string | null
  send(event: unknown): void
}

/** Everything of one organization: its rooms and the people who are connected. */
export interface Space {
  readonly name: string
  readonly rooms: Map<string, Room>
  readonly members: Set<Member>
  /** Are told whenever rooms or people change. */
  readonly watchers: Set<() => void>
  createRoom(name: string): Creation
  say(room: Room, message: Message): void
  changed(): void
}

export type Creation =
  | { readonly kind: 'created' | 'known'; readonly room: Room }
  | { readonly kind: 'invalid' | 'full' }

export interface Spaces {
  /** The space of an organization; it is there as soon as somebody comes. */
  find(name: string): Space
  /** Milliseconds since 1970: when a message was said. */
  now(): number
}

const spacesMax = 1_000
const roomsMax = 50

/** Keeps the spaces, the least recently opened making room for new ones. */
export function createSpaces(now: () => number): Spaces {
  const spaces = new Map<string, Space>()
  return {
    now,
    find(name) {
      const space = spaces.get(name) ?? createSpace(name)
      spaces.set(name, space)
      if (spaces.size > spacesMax) {
        const oldest = spaces.keys().next().value
        if (oldest !== undefined) spaces.delete(oldest)
      }
      return space
    },
  }
}

function createSpace(name: string): Space {
  const rooms = new Map<string, Room>()
  for (const id of ['general', 'random']) rooms.set(id, createRoom(id, id))
  const space: Space = {
    name,
    rooms,
    members: new Set(),
    watchers: new Set(),
    createRoom(title) {
      const id = idOf(title)
      const known = rooms.get(id)
      if (known !== undefined) return { kind: 'known', room: known }
      if (id === '') return { kind: 'invalid' }
      if (rooms.size >= roomsMax) return { kind: 'full' }
      const room = createRoom(id, title.trim().slice(0, titleCharactersMax))
      rooms.set(id, room)
      space.changed()
      return { kind: 'created', room }
    },
    say(room, message) {
      for (const member of space.members) member.send({ kind: 'message', room: room.id, message })
    },
    changed() {
      for (const watcher of space.watchers) watcher()
    },
  }
  return space
}

const titleCharactersMax = 40

// Letters and digits of any script; the rest becomes a dash, so that an id is a plain piece of an address.
function idOf(title: string): string {
  const id = title.normalize('NFKC').trim().toLowerCase().slice(0, titleCharactersMax)
  return id.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '')
}
