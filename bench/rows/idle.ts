import { setTimeout as pause } from 'node:timers/promises'
import type { Backends } from '../backends.ts'
import type { Contender } from '../contenders/contender.ts'
import { startPeer } from '../contenders/peers.ts'
import { startSekisho } from '../contenders/sekisho.ts'
import { openKept } from '../load/bodies.ts'
import { type Figure, summarize } from '../measure.ts'
import type { Pace } from '../options.ts'
import { openFor } from './web-sockets.ts'

/** Process memory for each connection that stays open and does nothing: three times a thousand more, each kind in a fresh process. */
export async function benchIdle(backends: Backends, pace: Pace): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const start of [() => startSekisho(backends), () => startPeer('nginx', backends)])
    for (const [kind, open] of Object.entries(kinds)) {
      const contender = await start()
      try {
        figures.push(summarize(`${kind}: ${contender.name}`, 'KiB', await memoryOfEach(contender, open)))
      } finally {
        contender.stop()
      }
      pace.tell(`idle: ${kind}: ${contender.name}`)
    }
  return figures
}

interface Open {
  destroy(): void
}

const kinds = {
  'kept connection': ({ port, authority, cookies }: Contender): Promise<Open> =>
    openKept({ port, authority, cookie: cookies[0] ?? '' }, '/x'),
  WebSocket: async (contender: Contender): Promise<Open> => {
    const socket = await openFor(contender)
    return { destroy: () => socket.terminate() }
  },
}

const count = 1000
/** Not counted: they fill pools and compile code. */
const firstCount = 500

async function memoryOfEach(contender: Contender, open: (contender: Contender) => Promise<Open>) {
  const all: Open[] = []
  const openMore = async (wanted: number) => {
    for (let n = 0; n < wanted; n += 20)
      all.push(...(await Promise.all(Array.from({ length: 20 }, () => open(contender)))))
    await pause(1500)
    return contender.usage().memoryBytes
  }
  const figures: number[] = []
  let before = await openMore(firstCount)
  for (let round = 0; round < 3; round++) {
    const after = await openMore(count)
    figures.push((after - before) / count / 1024)
    before = after
  }
  for (const one of all) one.destroy()
  return figures
}
