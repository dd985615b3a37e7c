import { randomUUID } from 'node:crypto'
import type { Person } from './visitor.ts'

export interface Message {
  /** Counts up within the room: what a page asks for after it was away. */
  readonly number: number
  readonly id: string
  readonly author: Person
  readonly text: string
  readonly file: Attachment | null
  /** Milliseconds since 1970. */
  readonly at: number
  /** Made up by the page that sent it, so that a message sent again after a broken connection is not said twice. */
  readonly nonce: string
}

export interface Attachment {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly size: number
}

export type Draft = Omit<Message, 'number' | 'id'>

export interface Room {
  readonly id: string
  readonly name: string
  /** Adds a message; `known` when this author's page had sent it before. */
  add(draft: Draft): { readonly kind: 'added' | 'known'; readonly message: Message }
  /** The newest messages after `number`, or before it; `more`: there are older ones. */
  after(number: number): Excerpt
  before(number: number): Excerpt
  /** The number of the newest message; 0 when there is none. */
  last(): number
  count(): number
}

export interface Excerpt {
  readonly messages: readonly Message[]
  readonly more: boolean
}

const messagesMax = 500
const excerptMax = 60

export function createRoom(id: string, name: string): Room {
  const messages: Message[] = []
  let last = 0
  return {
    id,
    name,
    last: () => last,
    count: () => messages.length,
    add(draft) {
      const known = messages.find(message => message.nonce === draft.nonce && message.author.id === draft.author.id)
      if (known !== undefined) return { kind: 'known', message: known }
      last += 1
      const message = { ...draft, number: last, id: randomUUID() }
      messages.push(message)
      if (messages.length > messagesMax) messages.shift()
      return { kind: 'added', message }
    },
    after: number => excerpt(messages.filter(message => message.number > number)),
    before: number => excerpt(messages.filter(message => message.number < number)),
  }
}

function excerpt(messages: readonly Message[]): Excerpt {
  return { messages: messages.slice(-excerptMax), more: messages.length > excerptMax }
}
