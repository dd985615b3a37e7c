import type { Socket } from 'node:net'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'
import { listenOnLoopback } from './listen.ts'

// A real SMTP server that keeps what it is sent, and that can be told to behave badly in the ways mail servers do.

export interface MailSink extends AsyncDisposable {
  readonly port: number
  /** Every message that was answered with 250, in the order of arrival. */
  readonly messages: readonly Mail[]
  /** Whole messages whose sender never got an answer (`drop-after-data`, `hang-after-data`): for the sender they are ambiguous. */
  readonly unanswered: readonly Mail[]
  readonly counts: { connections: number; refused: number }
  /** Resolves with the first message that fits and that `next` has not given out before; waits for it when it is yet to come. */
  next(fits?: (mail: Mail) => boolean, timeoutMs?: number): Promise<Mail>
  /** Calls back at each arrival; calling the answer ends that. */
  watch(arrived: () => void): () => void
  /** Resolves when the sink holds so many unanswered messages. */
  untilUnanswered(count: number): Promise<void>
  behave(manner: MailManner): void
  close(): Promise<void>
}

export interface Mail {
  /** The envelope: where the message really went, whatever its fields say. */
  readonly from: string
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly parsed: Email
  readonly raw: Buffer
}

export type MailManner =
  | { readonly kind: 'accept' }
  /** 4xx: try again; 5xx: never. */
  | { readonly kind: 'refuse'; readonly status: number; readonly at: 'mail' | 'rcpt' | 'data' }
  /** Takes the whole message and closes without an answer. */
  | { readonly kind: 'drop-after-data' }
  /** Takes the whole message and says nothing, with the connection open. */
  | { readonly kind: 'hang-after-data' }
  /** Says nothing to MAIL FROM. */
  | { readonly kind: 'hang' }

/** Starts on a free port of 127.0.0.1, without TLS and without authentication. */
export async function startMailSink(): Promise<MailSink> {
  const state = createState()
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    closeTimeout: 10,
    onConnect(_session, done) {
      state.counts.connections += 1
      done()
    },
    onMailFrom(_address, _session, done) {
      if (state.manner.kind !== 'hang') done(refusal(state, 'mail'))
    },
    onRcptTo(_address, _session, done) {
      done(refusal(state, 'rcpt'))
    },
    onData(stream, session, done) {
      const socket = socketOf(server, session)
      take(state, stream, session, socket, done).catch(() => socket?.destroy())
    },
  })
  server.on('error', () => {}) // a client that goes away in the middle is not our failure
  const port = await listenOnLoopback(server.server)
  const close = () => new Promise<void>(resolve => server.close(() => resolve()))
  return {
    port,
    messages: state.messages,
    unanswered: state.unanswered,
    counts: state.counts,
    next: (fits = () => true, timeoutMs = 10_000) => next(state, fits, timeoutMs),
    watch(arrived) {
      state.watchers.add(arrived)
      return () => void state.watchers.delete(arrived)
    },
    untilUnanswered: count => when(state, () => (state.unanswered.length >= count ? true : null)).then(() => {}),
    behave(manner) {
      state.manner = manner
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

interface State {
  readonly messages: Mail[]
  readonly unanswered: Mail[]
  readonly counts: { connections: number; refused: number }
  readonly taken: Set<Mail>
  readonly watchers: Set<() => void>
  manner: MailManner
}

function createState(): State {
  return {
    messages: [],
    unanswered: [],
    counts: { connections: 0, refused: 0 },
    taken: new Set(),
    watchers: new Set(),
    manner: { kind: 'accept' },
  }
}

async function take(
  state: State,
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
  socket: Socket | undefined,
  done: (error?: Error | null) => void,
): Promise<void> {
  const mail = await read(stream, session)
  const refused = refusal(state, 'data')
  if (refused !== null) return done(refused)
  const silent = state.manner.kind === 'drop-after-data' || state.manner.kind === 'hang-after-data'
  ;(silent ? state.unanswered : state.messages).push(mail)
  if (state.manner.kind === 'drop-after-data') socket?.destroy()
  if (!silent) done()
  for (const watcher of [...state.watchers]) watcher()
}

async function read(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<Mail> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk))
  const raw = Buffer.concat(chunks)
  const parsed = await PostalMime.parse(raw)
  const { mailFrom, rcptTo } = session.envelope
  return {
    from: mailFrom === false ? '' : mailFrom.address,
    to: rcptTo.map(recipient => recipient.address),
    subject: parsed.subject ?? '',
    text: parsed.text ?? '',
    html: parsed.html ?? '',
    parsed,
    raw,
  }
}

function refusal(state: State, at: 'mail' | 'rcpt' | 'data'): Error | null {
  if (state.manner.kind !== 'refuse' || state.manner.at !== at) return null
  state.counts.refused += 1
  return Object.assign(new Error('refused by the test'), { responseCode: state.manner.status })
}

function socketOf(server: SMTPServer, session: SMTPServerSession): Socket | undefined {
  return [...server.connections].find(connection => connection.id === session.id)?._socket
}

async function next(state: State, fits: (mail: Mail) => boolean, timeoutMs: number): Promise<Mail> {
  const found = when(state, () => state.messages.find(mail => !state.taken.has(mail) && fits(mail)) ?? null)
  const signal = AbortSignal.timeout(timeoutMs)
  const late = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      const seen = state.messages.map(mail => `${mail.to.join(', ')}: ${mail.subject}`)
      reject(new Error(`no such mail within ${timeoutMs} ms; arrived so far: ${seen.join(' | ') || 'nothing'}`))
    })
  })
  const mail = await Promise.race([found, late])
  state.taken.add(mail)
  return mail
}

/** Asks `look` now and after every arrival until it has an answer. */
function when<T>(state: State, look: () => T | null): Promise<T> {
  return new Promise(resolve => {
    const watcher = () => {
      const answer = look()
      if (answer === null) return
      state.watchers.delete(watcher)
      resolve(answer)
    }
    state.watchers.add(watcher)
    watcher()
  })
}
