import type { House } from '../contenders/sekisho.ts'
import { openKept } from '../load/bodies.ts'
import { type Asking, writeRequests } from '../load/wrk.ts'
import type { Figure } from '../measure.ts'
import { summarize } from '../measure.ts'
import type { Pace } from '../options.ts'
import { measureRequests, ratioOf } from './requests.ts'

/** What a flood of refused requests costs, beside allowed ones of the same gateway. */
export async function benchRefusals(sekisho: House, folder: string, pace: Pace): Promise<readonly Figure[]> {
  const { port, authority, cookies } = sekisho
  const ask = (name: string, asking: Pick<Asking, 'cookies'> & Partial<Asking>) => ({
    name,
    contender: sekisho,
    requests: writeRequests({ folder, name, port, authority, ...asking }),
  })
  const [cookie = ''] = cookies
  const last = await openKept({ port, authority, cookie }, '/spent/x')
  last.destroy()
  const rows = await measureRequests(
    [
      ask('allowed', { cookies }),
      ask('public route', { cookies: [null], path: '/public/x' }),
      ask('401, no session', { cookies: [null], refused: true }),
      ask('403, role missing', { cookies, path: '/administrators/x', refused: true }),
      ask('429, budget spent', { cookies, path: '/spent/x', refused: true }),
    ],
    pace,
  )
  const [allowed, ...others] = rows
  if (allowed === undefined) return []
  return [
    ...rows.map(row => summarize(row.name, 'µs CPU', row.rounds)),
    ...others.map(row => ratioOf(`${row.name} / allowed`, row, allowed)),
  ]
}
