import type { Backends } from '../backends.ts'
import { type House, type HouseSize, startSekisho } from '../contenders/sekisho.ts'
import { writeRequests } from '../load/wrk.ts'
import { type Figure, summarize } from '../measure.ts'
import type { Pace } from '../options.ts'
import { measureRequests, ratioOf } from './requests.ts'

const small: HouseSize = { networks: 10, sessions: 1000, organizations: 10 }
const sizes: Readonly<Record<string, HouseSize>> = {
  '10 networks, 1,000 sessions, 10 organizations': small,
  '100,000 networks': { ...small, networks: 100_000 },
  '100,000 sessions, all in use': { ...small, sessions: 100_000 },
  '10,000 organizations': { ...small, organizations: 10_000 },
}

/** The same allowed request on gateways that hold little and on gateways that hold much. */
export async function benchGrowth(backends: Backends, pace: Pace): Promise<readonly Figure[]> {
  const houses: House[] = []
  try {
    const all = []
    for (const [name, size] of Object.entries(sizes)) {
      pace.tell(`starting: ${name}`)
      const house = await startSekisho(backends, size)
      houses.push(house)
      const { port, authority, cookies } = house
      const requests = writeRequests({ folder: backends.folder, name, port, authority, cookies })
      all.push({ name, contender: house, requests })
    }
    const [first, ...others] = await measureRequests(all, pace)
    if (first === undefined) return []
    return [
      ...[first, ...others].map(row => summarize(row.name, 'µs CPU', row.rounds)),
      ...others.map(row => ratioOf(`${row.name} / ${first.name}`, row, first)),
    ]
  } finally {
    for (const house of houses) house.stop()
  }
}
