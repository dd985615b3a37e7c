import { createHash } from 'node:crypto'
import { isTooLong } from './password-rules.ts'

/**
 * Passwords that are known from break-ins elsewhere, and what they are looked up in. Whoever asks learns a count and nothing else; no
 * password leaves the house: the file is on this machine, and the range API sees five of forty digits of its SHA-1.
 */
export interface LeakedPasswords extends AsyncDisposable {
  look(password: string): Promise<Leak>
  /** Looks for an entry that every list has, and says how large and how old the list is. */
  check(): Promise<LeakCheck>
}

export type Leak =
  | { readonly kind: 'found'; readonly count: number }
  | { readonly kind: 'not_found' }
  /** The list could not be asked, or makes no sense there. */
  | { readonly kind: 'unavailable' }
  /** No list is configured. */
  | { readonly kind: 'off' }

export type LeakCheck =
  | { readonly kind: 'off' }
  | { readonly kind: 'answers'; readonly source: string; readonly knownEntry: Leak; readonly facts: LeakFacts }
  | { readonly kind: 'broken'; readonly source: string; readonly problem: string }

export type LeakFacts = Readonly<Record<string, number | string>>

/** One list, by the upper-case SHA-1 of the password in NFC. Throws LeakListProblem for what it cannot make sense of. */
export interface LeakList extends AsyncDisposable {
  count(sha1: string): Promise<number>
  /** Opens it and looks whether it has the form of a list. */
  probe(): Promise<LeakFacts>
}

export class LeakListProblem extends Error {}

export type LeakSource =
  | { readonly kind: 'off' }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'api'; readonly url: string }

export interface LeakedPasswordsNeeds {
  /** Read at each look: a reload may name another one. */
  readonly source: LeakSource
  open(source: LeakSource): LeakList | null
  readonly onTrouble: (problem: string) => void
}

export function createLeakedPasswords(needs: LeakedPasswordsNeeds): LeakedPasswords {
  const lists = keepList(needs)
  const look = async (password: string): Promise<Leak> => {
    const list = lists.current()
    if (list === null) return { kind: 'off' }
    const text = password.normalize('NFC')
    // Nobody has such a password; it is not worth a look.
    if (isTooLong(text)) return { kind: 'not_found' }
    try {
      const count = await list.count(sha1Of(text))
      return count > 0 ? { kind: 'found', count } : { kind: 'not_found' }
    } catch (cause) {
      needs.onTrouble(problemOf(cause))
      return { kind: 'unavailable' }
    }
  }
  return {
    look,
    async check() {
      const list = lists.current()
      if (list === null) return { kind: 'off' }
      const source = nameOf(needs.source)
      try {
        const facts = await list.probe()
        return { kind: 'answers', source, facts, knownEntry: await look(knownEntry) }
      } catch (cause) {
        return { kind: 'broken', source, problem: problemOf(cause) }
      }
    },
    [Symbol.asyncDispose]: () => lists.close(),
  }
}

/** The most common password of every list there is. */
const knownEntry = 'password'

/** Lists are known by the SHA-1 of the password as UTF-8: what protects them is the list's owner's business, not ours. */
export function sha1Of(text: string): string {
  return createHash('sha1').update(text, 'utf8').digest('hex').toUpperCase()
}

/** One list at a time; another source closes the one before. */
function keepList(needs: LeakedPasswordsNeeds) {
  let open: { name: string; list: LeakList | null } = { name: 'off', list: null }
  let closing: Promise<unknown> = Promise.resolve()
  const close = (list: LeakList | null) => {
    closing = Promise.all([closing, list?.[Symbol.asyncDispose]()])
    return closing
  }
  return {
    current(): LeakList | null {
      const { source } = needs
      const name = nameOf(source)
      if (name === open.name) return open.list
      close(open.list).catch((cause: unknown) => needs.onTrouble(problemOf(cause)))
      open = { name, list: needs.open(source) }
      return open.list
    },
    async close(): Promise<void> {
      await close(open.list)
      open = { name: nameOf(needs.source), list: null }
    },
  }
}

function nameOf(source: LeakSource): string {
  switch (source.kind) {
    case 'off':
      return 'off'
    case 'file':
    case 'folder':
      return `${source.kind} ${source.path}`
    case 'api':
      return `api ${source.url}`
    default:
      return source satisfies never
  }
}

function problemOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
