import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDefence, type Defence } from '../../src/composition/defence.ts'
import { createJournal } from '../../src/journal/journal.ts'
import { createLog } from '../../src/journal/log.ts'
import { createMetrics } from '../../src/journal/metrics.ts'
import { createReceipts } from '../../src/journal/receipts.ts'
import { type Random, secureRandom } from '../../src/lib/random.ts'
import type { Ban } from '../../src/limits/ban-store.ts'
import type { SignInTry } from '../../src/limits/regulation.ts'
import { openSqliteStore, type SqliteStore } from '../../src/stores/sqlite/client.ts'
import { checkGood, goodGateway } from '../config/support.ts'
import { anEntry } from '../contracts/samples.ts'
import { addressOf } from '../limits/stuffing-crowds.ts'
import { auditKey, tempFolder } from '../stores/temp-folder.ts'
import { createTestClock, type TestClock } from '../support/test-clock.ts'
import { until } from '../support/until.ts'

interface Process {
  readonly store: SqliteStore
  readonly defence: Defence
  stop(): Promise<void>
}

const minute = 60_000
let folder: ReturnType<typeof tempFolder>
let clock: TestClock
let processes: Process[]

beforeEach(() => {
  draws = 0
  folder = tempFolder()
  clock = createTestClock()
  processes = []
})
afterEach(async () => {
  for (const process of processes) await process.stop()
  folder[Symbol.dispose]()
})

/** Names are counted by keyed marks, about exactly; with these keys, the same in each run, exactly. */
const drawn: Random = {
  ...secureRandom,
  token: byteCount =>
    createHash('sha256').update(`key ${++draws}`).digest().subarray(0, byteCount).toString('base64url'),
}
let draws = 0

/** One of the processes on one store, as far as its defence goes. */
async function start(limits = '{}'): Promise<Process> {
  const config = await checkGood({ 'gateway.yaml': `${goodGateway}limits: ${limits}\n` })
  const store = await openSqliteStore({ file: folder.file('store.db'), auditKey, clock })
  const metrics = createMetrics()
  const log = createLog({ level: 'silent' })
  const receipts = createReceipts({ clock, random: secureRandom, store: store.refusals, onFailure: () => {} })
  const journal = createJournal(log, metrics, receipts)
  const defence = createDefence({ config: () => config, store, journal, metrics, clock, random: drawn })
  await defence.start()
  let stopped = false
  const process = {
    store,
    defence,
    async stop() {
      if (stopped) return
      stopped = true
      await defence.close()
      await receipts.close()
      await store.close()
    },
  }
  processes.push(process)
  return process
}

function strike({ defence: { stuffing } }: Process, from: number, count: number): void {
  for (let i = from; i < from + count; i++) {
    const sample = { name: `leaked-${i}`, address: addressOf(i), signs: 0, deviceLane: 'unknown' } as const
    stuffing.judge(sample)
    stuffing.record(sample, { kind: 'wrong', leaked: true })
  }
}

/** Lets the other processes hear. */
async function hear(isSo: () => boolean): Promise<void> {
  await until(() => {
    clock.advance(250)
    return isSo()
  })
}

const aTry = (about: Partial<SignInTry> = {}): SignInTry => ({
  address: '203.0.113.7',
  name: 'alice@example.com',
  deviceLane: 'unknown',
  ...about,
})

const aBan = (about: Partial<Ban> = {}): Ban => ({
  id: 'b-1',
  kind: 'address',
  value: '203.0.113.0/24',
  reason: 'scans',
  createdAt: clock.now(),
  createdBy: 'operator kei',
  until: null,
  allDevices: false,
  ...about,
})

describe('a threat', () => {
  test('is on record with figures and networks, and never with a name or a password', async () => {
    const gateway = await start()
    strike(gateway, 0, 100)
    await gateway.defence.threats.settled()

    const [threat] = await gateway.store.threats.list(10)
    expect(threat).toMatchObject({ id: gateway.defence.threats.current()?.id, level: 'code', loweredAt: null })
    expect(threat?.steps.map(({ from, to }) => `${from} to ${to}`)).toEqual(['none to slow', 'slow to code'])
    expect(threat?.steps[1]?.evidence.windows[0]).toMatchObject({ namesNeverRight: 80, addresses: 80 })
    expect(threat?.steps[1]?.evidence.prefixes[0]?.prefix).toMatch(/\/(24|48)$/)
    const rows = await gateway.store.audit.list({ limit: 10 })
    expect(rows.map(({ entry }) => entry.event)).toEqual(['threat_raised', 'threat_raised'])
    expect(JSON.stringify([threat, rows])).not.toContain('leaked-')
  })

  test('is taken up again after a restart, speaks for at least its time, and is lowered by itself', async () => {
    const before = await start()
    strike(before, 0, 100)
    await before.stop()

    const after = await start()
    expect(after.defence.stuffing.caution).toBe('code')
    expect(after.defence.threats.current()).toMatchObject({ level: 'code' })
    clock.advance(14 * minute)
    expect(after.defence.stuffing.caution).toBe('code')
    clock.advance(20 * minute)
    await after.defence.threats.settled()

    expect(after.defence.stuffing.caution).toBe('none')
    expect(after.defence.threats.current()).toBe(null)
    const threats = await after.store.threats.list(10)
    expect(threats).toHaveLength(1)
    expect(threats[0]?.loweredAt).toBe(threats[0]?.steps.at(-1)?.at)
    const rows = await after.store.audit.list({ limit: 10 })
    expect(rows.filter(({ entry }) => entry.event === 'threat_lowered')).toHaveLength(2)
  })

  test('that is lowered is not taken up after a restart', async () => {
    const before = await start()
    strike(before, 0, 100)
    for (let i = 0; i < 3 * 60; i++) clock.advance(minute)
    expect(before.defence.stuffing.caution).toBe('none')
    await before.stop()

    expect((await start()).defence.stuffing.caution).toBe('none')
  })

  test('that one process has noticed is met with caution by the others on the store', async () => {
    const [mine, theirs] = [await start(), await start()]
    strike(mine, 0, 100)

    await hear(() => theirs.defence.stuffing.caution === 'code')

    expect(theirs.defence.threats.current()?.id).toBe(mine.defence.threats.current()?.id)
  })

  test('that is undone is calm in every process, stays so after a restart, and the same evidence does not raise it', async () => {
    const [mine, theirs] = [await start(), await start()]
    strike(mine, 0, 100)
    await hear(() => theirs.defence.stuffing.caution === 'code')
    const id = mine.defence.threats.current()?.id ?? ''

    const undone = { at: clock.now(), by: 'operator kei' }
    expect(await mine.defence.threats.undo(id, undone, anEntry('threat_undone'))).toBe(true)
    expect(mine.defence.stuffing.caution).toBe('none')
    await hear(() => theirs.defence.stuffing.caution === 'none')

    strike(mine, 100, 100)
    expect(mine.defence.stuffing.caution).toBe('none')
    expect(await mine.defence.threats.undo(id, undone, anEntry('threat_undone'))).toBe(false)
    expect((await start()).defence.stuffing.caution).toBe('none')
  })
})

describe('a ban', () => {
  test('of a network refuses everybody from there, on known devices too; of an account it spares the devices that it knows', async () => {
    const { bans } = (await start()).defence
    await bans.add(aBan(), anEntry('ban_added'))
    await bans.add(aBan({ id: 'b-2', kind: 'account', value: 'bob@example.com' }), anEntry('ban_added'))

    expect(bans.find(aTry({ deviceLane: 'known-device' }))?.id).toBe('b-1')
    expect(bans.find(aTry({ address: '203.0.112.7' }))).toBe(null)
    const bob = { address: '192.0.2.1', name: 'bob@example.com' }
    expect(bans.find(aTry(bob))?.id).toBe('b-2')
    expect(bans.find(aTry({ ...bob, deviceLane: 'known-device' }))).toBe(null)
  })

  test('of an account on all devices spares none', async () => {
    const { bans } = (await start()).defence
    const ban = aBan({ kind: 'account', value: 'bob@example.com', allDevices: true })
    await bans.add(ban, anEntry('ban_added'))
    expect(bans.isBanned(aTry({ name: 'bob@example.com', deviceLane: 'known-device' }))).toBe(true)
  })

  test('of one IPv6 address holds for its /64, which its holder walks through at will', async () => {
    const { bans } = (await start()).defence
    await bans.add(aBan({ value: '2001:db8:1:2::7' }), anEntry('ban_added'))
    expect(bans.isBanned(aTry({ address: '2001:db8:1:2::/64' }))).toBe(true)
    expect(bans.isBanned(aTry({ address: '2001:db8:1:3::/64' }))).toBe(false)
  })

  test('ends by the clock, and what is wider and goes on speaks then', async () => {
    const { bans } = (await start()).defence
    await bans.add(aBan({ value: '203.0.113.7', until: clock.now() + minute }), anEntry('ban_added'))
    await bans.add(aBan({ id: 'b-2' }), anEntry('ban_added'))
    expect(bans.find(aTry())?.id).toBe('b-1')

    clock.advance(minute)

    expect(bans.find(aTry())?.id).toBe('b-2')
    await bans.remove('b-2', anEntry('ban_removed'))
    expect(bans.find(aTry())).toBe(null)
  })

  test('is heard by other processes, stays after a restart, and its end is heard too', async () => {
    const [mine, theirs] = [await start(), await start()]
    await mine.defence.bans.add(aBan(), anEntry('ban_added'))
    await hear(() => theirs.defence.bans.isBanned(aTry()))
    expect((await start()).defence.bans.isBanned(aTry())).toBe(true)

    await mine.defence.bans.remove('b-1', anEntry('ban_removed'))
    await hear(() => !theirs.defence.bans.isBanned(aTry()))
  })
})

describe('the detection is as it is configured', () => {
  const caution = async (stuffing: string, names: number) => {
    const gateway = await start(`{ stuffing: ${stuffing} }`)
    strike(gateway, 0, names)
    return gateway.defence.stuffing.caution
  }

  test.each([
    ['{ slowAt: 10 }', 'slow'],
    ['{ slowAt: 10, codeAt: 11 }', 'code'],
    ['{ slowAt: 10, codeAt: 11, refuseAt: 12 }', 'refuse'],
    ['{ off: true, slowAt: 10 }', 'none'],
  ])('%s: twelve names lead to %s', async (stuffing, expected) => {
    expect(await caution(stuffing, 12)).toBe(expected)
  })

  test.each([
    [30, 'slow'],
    [50, 'none'],
  ])('failurePercent: %d, where 20 of 50 people fail, leads to %s', async (percent, expected) => {
    const { stuffing } = (await start(`{ stuffing: { slowAt: 15, codeAt: 90, failurePercent: ${percent} } }`)).defence
    for (let i = 0; i < 50; i++) {
      const sample = { name: `n${i}`, address: addressOf(i), signs: 0, deviceLane: 'unknown' } as const
      stuffing.record(sample, { kind: i < 30 ? 'right' : 'wrong', leaked: false })
    }
    expect(stuffing.caution).toBe(expected)
  })

  test('holdFor: a step stays that long after the last sign', async () => {
    const gateway = await start('{ stuffing: { slowAt: 10, codeAt: 90, holdFor: 3h } }')
    strike(gateway, 0, 12)
    for (let i = 0; i < 2 * 60 + 30; i++) clock.advance(minute)
    expect(gateway.defence.stuffing.caution).toBe('slow')
    for (let i = 0; i < 2 * 60; i++) clock.advance(minute)
    expect(gateway.defence.stuffing.caution).toBe('none')
  })

  test('delayMax: no answer waits longer; never: none waits', async () => {
    const sample = { ...aTry(), signs: 0, used: 1 }
    const delay = async (delayMax: string) =>
      (await start(`{ stuffing: { delayMax: ${delayMax} } }`)).defence.stuffing.judge(sample).delayMs
    expect([await delay('4s'), await delay('700ms'), await delay('never')]).toEqual([4_000, 700, 0])
  })

  test('keysMax: so many addresses are remembered, by halves; one that is forgotten is not refused', async () => {
    const gateway = await start('{ stuffing: { slowAt: 10, codeAt: 10, refuseAt: 10, keysMax: 100 } }')
    const one = (i: number) => ({ ...aTry({ name: `n${i}` }), signs: 0 })
    for (let i = 0; i < 10; i++) gateway.defence.stuffing.record(one(i), { kind: 'wrong', leaked: false })
    strike(gateway, 0, 50)
    expect(gateway.defence.stuffing.judge(one(0)).caution).toBe('refuse')
    strike(gateway, 50, 400)
    expect(gateway.defence.stuffing.judge(one(0)).caution).toBe('code')
  })
})
