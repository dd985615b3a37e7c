import { type DestinationStream, destination, type Logger, pino } from 'pino'

export type Level = 'debug' | 'info' | 'warn' | 'error'

/** One JSON line per event. The buffer between us and a slow sink is bounded: what does not fit is dropped and counted, and nobody waits. */
export interface Log {
  write(level: Level, event: string, facts: Readonly<Record<string, unknown>>): void
  /** Lines dropped because the sink did not keep up. */
  dropped(): number
  close(): void
}

export interface LogOptions {
  readonly level: Level | 'silent'
  /** A file, or undefined for standard output. */
  readonly file?: string
}

const bufferBytesMax = 4 * 1024 * 1024
const valueCharactersMax = 512

export function createLog(options: LogOptions): Log {
  let dropped = 0
  const sink = destination({
    ...(options.file === undefined ? { fd: 1 } : { dest: options.file, mkdir: true, mode: 0o600 }),
    sync: false,
    minLength: 0,
    maxLength: bufferBytesMax,
  })
  sink.on('drop', () => {
    dropped += 1
  })
  // A closed pipe or a full disk must not end the gateway: the lines are lost and counted, the requests go on.
  sink.on('error', () => {
    dropped += 1
  })
  const logger = createLogger(options.level, sink)
  return {
    write: (level, event, facts) => logger[level]({ event, ...cut(facts) }),
    dropped: () => dropped,
    close: () => sink.end(),
  }
}

function createLogger(level: LogOptions['level'], sink: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      // Belt and braces: no caller hands these over, and none that did would print them.
      redact: { paths: ['password', 'token', 'cookie', 'authorization', 'code', 'secret'], censor: '[secret]' },
    },
    sink,
  )
}

/** Outside text is cut, so that one hostile field cannot fill the log. */
function cut(facts: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  let copy: Record<string, unknown> | null = null
  for (const key in facts) {
    const value = facts[key]
    if (typeof value !== 'string' || value.length <= valueCharactersMax) continue
    copy ??= { ...facts }
    copy[key] = `${value.slice(0, valueCharactersMax)}…`
  }
  return copy ?? facts
}
