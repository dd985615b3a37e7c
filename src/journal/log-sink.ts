import { mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { destination } from 'pino'

/** Where lines go: a file, or standard output. Its buffer is bounded, and nobody waits for it. */
export interface LogSink {
  /** A text of so many lines. */
  write(text: string, lines?: number): void
  /** Goes on in the file of this name, which rotation may have moved away; throws when it cannot be opened, and goes on as before. */
  reopen(): void
  /** Fulfilled when the last line is where it belongs, or cannot get there. */
  end(): Promise<void>
}

const bufferBytesMax = 4 * 1024 * 1024

export function createLogSink(file: string | undefined, dropped: (lines: number) => void): LogSink {
  // Lines of the text that is handed over at the moment.
  let linesLeaving = 1
  const open = (target: { fd: number } | { dest: string; mkdir: true; mode: number }) => {
    const stream = destination({ ...target, sync: false, minLength: 0, maxLength: bufferBytesMax })
    stream.on('drop', () => dropped(linesLeaving))
    // A closed pipe or a full disk must not end the gateway: the lines are lost and counted, the requests go on.
    return stream.on('error', () => dropped(1))
  }
  let current = open(file === undefined ? { fd: 1 } : { dest: file, mkdir: true, mode })
  return {
    write(text, lines = 1) {
      linesLeaving = lines
      current.write(text)
      linesLeaving = 1
    },
    reopen() {
      if (file === undefined) return
      // The stream can do this itself, and closes a file twice when an opening has failed before: by then it is somebody else's.
      mkdirSync(dirname(file), { recursive: true })
      const next = open({ fd: openSync(file, 'a', mode) })
      current.end() // what it has taken is written first
      current = next
    },
    end() {
      return new Promise(resolve => {
        for (const event of ['close', 'error'] as const) current.once(event, () => resolve())
        current.end()
      })
    },
  }
}

const mode = 0o600
