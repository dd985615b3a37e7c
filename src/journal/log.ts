import { type DestinationStream, type Logger, pino } from 'pino'
import { systemClock } from '../lib/clock.ts'
import { gatherLines } from './gathered-lines.ts'
import { createLogSink } from './log-sink.ts'
import { type AnsweredRequest, createRequestLine } from './request-line.ts'

export type Level = 'debug' | 'info' | 'warn' | 'error'

/**
 * One JSON line per event. The buffer between us and a slow sink is bounded: what does not fit is dropped and counted, and nobody waits.
 * Lines leave in the order of their events, a few milliseconds later and together: anybody can make us write them, as often as they like.
 * A warning or an error leaves at once and takes along what waits.
 */
export interface Log {
  write(level: Level, event: string, facts: Readonly<Record<string, unknown>>): void
  /** The line of an answered request. */
  request(request: AnsweredRequest): void
  /** Lines dropped because the sink did not keep up. */
  dropped(): number
  /** The file was moved away, perhaps: what comes goes into one of its name (logrotate). */
  reopen(): void
  /** Fulfilled when the last line is where it belongs; a sink that takes nothing is not waited for. */
  close(): Promise<void>
}

export interface LogOptions {
  readonly level: Level | 'silent'
  /** A file, or undefined for standard output. */
  readonly file?: string
}

const valueCharactersMax = 512
const closeMs = 250

export function createLog(options: LogOptions): Log {
  let dropped = 0
  const sink = createLogSink(options.file, lines => {
    dropped += lines
  })
  // In real time whatever the clock of the house says: it is about how long a line lies in memory.
  const gathered = gatherLines(systemClock.after, (lines, count) => sink.write(lines, count))
  const logger = createLogger(options.level, { write: line => gathered.add(line) })
  const lineOf = createRequestLine(valueCharactersMax)
  const writesRequests = logger.isLevelEnabled('info')
  let isClosed = false
  return {
    write(level, event, facts) {
      // The sink throws then, and so would the timer that a line waits for: what ends late must not end the process.
      if (isClosed) {
        dropped += 1
        return
      }
      logger[level]({ event, ...cut(facts) })
      if (level === 'warn' || level === 'error') gathered.flush()
    },
    request(request) {
      if (isClosed) dropped += 1
      else if (writesRequests) gathered.add(lineOf(request, systemClock.now()))
    },
    dropped: () => dropped,
    reopen() {
      if (isClosed) return
      gathered.flush() // these lines belong to the time before
      try {
        sink.reopen()
      } catch (cause) {
        logger.error({ event: 'log_not_reopened', cause: String(cause) })
        gathered.flush()
      }
    },
    close() {
      isClosed = true
      gathered.flush()
      return new Promise(resolve => {
        systemClock.after(closeMs, resolve)
        sink.end().then(resolve, resolve)
      })
    },
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
