import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DurablePorts, heardDuring, type OpenStore } from './ports.ts'
import { aDevice, aNotice, aSession, aTrail, now, storedAccount, storedChild, storedSession } from './samples.ts'

export function describeDevices(open: OpenStore): void {
  describe('devices', () => {
    let store: DurablePorts
    beforeAll(async () => {
      store = await open()
    })
    afterAll(() => store.close())

    test('are known to the account that signed in from them, and to no other', async () => {
      const mine = await storedAccount(store)
      const other = await storedAccount(store)
      await storedSession(store, mine.id)

      expect(await store.devices.find(mine.id, 'device-1')).toEqual(aDevice(mine.id))
      expect(await store.devices.find(other.id, 'device-1')).toBeNull()
      expect(await store.devices.find(mine.id, 'device-2')).toBeNull()
    })

    test('are listed, last seen first', async () => {
      const { id } = await storedAccount(store)
      await store.devices.ask(aDevice(id, { deviceId: 'a', lastSeenAt: now }), aTrail('session_opened'))
      await store.devices.ask(aDevice(id, { deviceId: 'b', lastSeenAt: now + 1 }), aTrail('session_opened'))

      expect((await store.devices.listOf(id)).map(device => device.deviceId)).toEqual(['b', 'a'])
    })

    test('keep their name, approval and first day when somebody signs in again', async () => {
      const { id } = await storedAccount(store)
      await storedSession(store, id)
      await store.devices.rename(id, 'device-1', 'Work laptop', aTrail('device_renamed'))
      await store.devices.approve(id, 'device-1', now + 5, aTrail('device_approved'))

      const again = aDevice(id, { lastSeenAt: now + 100, firstSeenAt: now + 100, address: '203.0.113.5' })
      await store.sessions.open(aSession(id), again, null, aTrail('session_opened'))

      expect(await store.devices.find(id, 'device-1')).toEqual({
        ...aDevice(id),
        label: 'Work laptop',
        approvedAt: now + 5,
        lastSeenAt: now + 100,
        address: '203.0.113.5',
      })
    })

    test('can be asked for and approved ahead of the first sign-in, and the approval then holds', async () => {
      const { id } = await storedAccount(store)
      const asked = aDevice(id, { deviceId: 'phone', mobile: true, lastSeenAt: 0 })
      await store.devices.ask(asked, aTrail('session_opened', [aNotice({ kind: 'device_request' })]))

      const heard = await heardDuring(store, async () => {
        expect(await store.devices.approve(id, 'phone', now, aTrail('device_approved'))).toBe(true)
      })
      await storedSession(store, id, { deviceId: 'phone' })

      expect(await store.devices.find(id, 'phone')).toMatchObject({ approvedAt: now, lastSeenAt: now })
      expect(heard).toEqual([{ kind: 'account', id }])
    })

    test('that are known stay so when approval is asked for them', async () => {
      const { id } = await storedAccount(store)
      await storedSession(store, id)

      await store.devices.ask(aDevice(id, { lastSeenAt: 0, label: 'changed' }), aTrail('session_opened'))

      expect(await store.devices.find(id, 'device-1')).toEqual(aDevice(id))
    })

    test('that are forgotten end the sessions opened from them, with their children', async () => {
      const { id } = await storedAccount(store)
      const lost = await storedSession(store, id, { deviceId: 'lost' })
      const lostAtChat = await storedChild(store, lost)
      const kept = await storedSession(store, id, { deviceId: 'kept' })

      const heard = await heardDuring(store, async () => {
        expect(await store.devices.forget(id, 'lost', aTrail('device_forgotten'))).toBe(true)
      })

      expect(await store.devices.find(id, 'lost')).toBeNull()
      expect((await store.sessions.listOf(id)).map(session => session.id)).toEqual([kept.id])
      expect(heard).toEqual([
        { kind: 'account', id },
        { kind: 'session', id: lost.id },
        { kind: 'session', id: lostAtChat.id },
      ])
    })

    test('that nobody knows cannot be renamed, approved or forgotten', async () => {
      const { id } = await storedAccount(store)

      expect(await store.devices.rename(id, 'none', 'x', aTrail('device_renamed'))).toBe(false)
      expect(await store.devices.approve(id, 'none', now, aTrail('device_approved'))).toBe(false)
      expect(await store.devices.forget(id, 'none', aTrail('device_forgotten'))).toBe(false)
    })
  })
}
