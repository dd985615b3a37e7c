/** What stands for `{{SESSION}}` and its kin: the cookie of a signed-in person. */
export interface SessionCookie {
  readonly name: string
  readonly value: string
}

/** Whose session a text asks for, in the order of first mention; `{{SESSION}}` alone means alice. */
export function sessionsWanted(text: string): string[] {
  const people = [...text.matchAll(pattern)]
    .filter(([, word = '']) => isAboutSessions(word))
    .map(([, , rest]) => person(rest))
  return [...new Set(people)]
}

/**
 * Fills the harness's placeholders: `{{REPEAT n text}}` is n copies; `{{SESSION}}` is `name=value`, or the value alone where a name
 * and `=` stand before it; `{{SESSION_NAME}}` and `{{SESSION_VALUE}}` are its halves. `{{SESSION:bob}}` is another person's.
 */
export function fillPlaceholders(text: string, sessions: ReadonlyMap<string, SessionCookie>): string {
  return text.replaceAll(pattern, (whole, word: string, rest: string | undefined, at: number) => {
    if (word === 'REPEAT') return repeat(whole, rest)
    if (!isAboutSessions(word)) throw new Error(`nobody knows what ${whole} stands for`)
    const session = sessions.get(person(rest))
    if (session === undefined) throw new Error(`no session for ${whole}`)
    if (/NAME$/.test(word)) return session.name
    if (/(VALUE|TOKEN|ID)$/.test(word) || text[at - 1] === '=') return session.value
    return `${session.name}=${session.value}`
  })
}

/** A text as the bytes it goes out in, one character for each: those that are no byte as UTF-8. */
export function byteText(text: string): string {
  return /[^\u0000-\u00ff]/.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text
}

const pattern = /\{\{([A-Z_]+)(?:[ :]((?:(?!\}\})[\s\S])*))?\}\}/g

function isAboutSessions(word: string): boolean {
  return /^(SESSION|COOKIE)/.test(word)
}

function person(rest: string | undefined): string {
  return rest === undefined || rest === '' ? 'alice' : rest.toLowerCase()
}

function repeat(whole: string, rest: string | undefined): string {
  const found = /^([0-9]+) ([\s\S]*)$/.exec(rest ?? '')
  if (found === null) throw new Error(`${whole} is not {{REPEAT n text}}`)
  return (found[2] ?? '').repeat(Number(found[1]))
}
