import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { connectRaw, exchange, type RawConnection } from '../support/raw-http.ts'
import { type RecordedRequest, type RecordingUpstream, startRecordingUpstream } from '../support/recording-upstream.ts'
import { deny, type Rooms, startRooms } from './rooms.ts'

// The shared smuggling cases through listener and proxy, with one rule: /admin/ and /app/ are refused, all else is forwarded.

interface Case {
  readonly id: string
  readonly title: string
  readonly direction: 'request' | 'response'
  readonly raw?: string
  readonly request?: string
  readonly upstream_raw?: string
  readonly expect: string
  readonly also_ok?: readonly string[]
  readonly ok_status?: readonly number[]
  readonly close_required?: boolean
  readonly never_complete?: string
  readonly forward?: {
    readonly count?: number
    readonly method?: string
    readonly path?: string
    readonly paths?: readonly string[]
    readonly body?: string
    readonly absent_headers?: readonly string[]
  }
}

const file = new URL('../cases/shared/http-smuggling.shared.json', import.meta.url)
const { cases }: { cases: Case[] } = JSON.parse(readFileSync(file, 'utf8'))

describe('what a client sends is forwarded once as it was judged, or not at all', () => {
  test.each(cases.filter(one => one.direction === 'request'))('$id: $title', async entry => {
    await using rig = await startRig()
    const connection = await connectRaw({ port: rig.rooms.port })
    await connection.send(entry.raw ?? '')
    for (let i = 0; i < (entry.forward?.count ?? 1); i++) await connection.response()
    if (entry.close_required === true) await connection.closes()
    else await connection.staysQuiet(30)

    await rig.expectAlive()
    expect(rig.protectedTargets()).toEqual([])
    expect(rig.upstream.requests.filter(request => request.complete).flatMap(request => request.faults)).toEqual([])
    const seen = rig.requests()
    const failures = [entry.expect, ...(entry.also_ok ?? [])].map(name => judgeRequest(name, entry, connection, seen))
    expect(failures.some(found => found.length === 0) ? [] : failures[0]).toEqual([])
  })
})

describe('what an upstream answers is passed on as one answer, or as none', () => {
  test.each(cases.filter(one => one.direction === 'response'))('$id: $title', async entry => {
    await using rig = await startRig()
    const [bytes = '', rest] = (entry.upstream_raw ?? '').split('<CLOSE>')
    rig.upstream.answer(request =>
      request.target.includes('/alive')
        ? { bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok' }
        : { bytes, after: rest === undefined ? 'keep' : 'close' },
    )
    const connection = await connectRaw({ port: rig.rooms.port })
    await connection.send(entry.request ?? '')
    await connection.response()
    await connection.staysQuiet(30)

    const response = connection.responses.find(({ status }) => status >= 200)
    await rig.expectAlive()
    expect(connection.received()).not.toContain('poison')
    switch (entry.expect) {
      case 'must-abort-client-connection':
        expect(response?.complete ?? false).toBe(false)
        expect(connection.isClosed).toBe(true)
        break
      case 'must-answer-204-and-drop-connection':
        expect(response?.status).toBe(204)
        expect(response?.body.length).toBe(0)
        expect(rig.upstream.heads.at(-1)?.connection).toBe(2)
        break
      default:
        expect(entry.expect).toBe('must-answer-502')
        expect(response?.status).toBe(502)
        expect(rig.upstream.heads.at(-1)?.connection).not.toBe(rig.upstream.heads[0]?.connection)
    }
  })
})

function judgeRequest(
  name: string,
  entry: Case,
  connection: RawConnection,
  seen: readonly RecordedRequest[],
): readonly string[] {
  const [status] = connection.responses.map(response => response.status)
  const failures: string[] = []
  const accepted = entry.ok_status ?? (name === 'must-reject-400' ? [400] : null)
  if (name === 'must-forward-once') return judgeForwarded(entry.forward ?? {}, seen)
  if (name.startsWith('must-forward-once-then')) return seen[0]?.complete === true ? [] : ['nothing was forwarded']
  const completed = seen.filter(
    one => one.complete && (name === 'must-reject-400' || one.target === entry.never_complete),
  )
  if (completed.length > 0) failures.push('it reached the upstream')
  if (accepted !== null && (status === undefined || !accepted.includes(status))) failures.push(`answered ${status}`)
  if (entry.close_required === true && !connection.isClosed) failures.push('left open')
  return failures
}

function judgeForwarded(wanted: NonNullable<Case['forward']>, seen: readonly RecordedRequest[]): readonly string[] {
  const failures: string[] = []
  const paths = wanted.paths ?? [wanted.path ?? '']
  if (seen.map(one => one.target).join() !== paths.join()) failures.push(`forwarded ${seen.map(one => one.target)}`)
  const [first] = seen
  if (wanted.method !== undefined && first?.method !== wanted.method) failures.push(`method ${first?.method}`)
  if (wanted.body !== undefined && first?.body.toString('latin1') !== wanted.body) failures.push(`body ${first?.body}`)
  for (const name of wanted.absent_headers ?? [])
    if (first?.headers.some(([given]) => given.toLowerCase() === name) === true) failures.push(`has ${name}`)
  return failures
}

interface Rig extends AsyncDisposable {
  readonly rooms: Rooms
  readonly upstream: RecordingUpstream
  expectAlive(): Promise<void>
  requests(): readonly RecordedRequest[]
  protectedTargets(): readonly string[]
}

async function startRig(): Promise<Rig> {
  const upstream = await startRecordingUpstream()
  const rooms = await startRooms({
    upstreamPort: upstream.port,
    route: { access: 'public' },
    decide: head =>
      /^\/(admin|app)\//.test(head.path)
        ? deny({ kind: 'challenge', step: 'sign_in' })
        : { verdict: { kind: 'allow' }, gate: null, rule: null, notes: [], validUntil: Infinity, learned: {} },
  })
  return {
    rooms,
    upstream,
    async expectAlive() {
      const answer = await exchange({ port: rooms.port }, 'GET /public/alive HTTP/1.1\r\nHost: gw.test\r\n\r\n')
      expect(answer?.status).toBe(200)
      await upstream.until(request => request.target === '/public/alive')
    },
    requests: () => upstream.requests.filter(request => request.target !== '/public/alive'),
    protectedTargets: () => upstream.heads.map(head => head.target).filter(target => target.startsWith('/admin/')),
    async [Symbol.asyncDispose]() {
      await rooms[Symbol.asyncDispose]()
      await upstream.close()
    },
  }
}
