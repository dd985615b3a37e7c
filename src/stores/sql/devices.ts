import type { Device, Devices } from '../../people/session.ts'
import type { Trail } from '../../people/trail.ts'
import { endSessions } from './endings.ts'
import { type Ground, type Tx, write } from './ground.ts'
import type { DeviceTable } from './tables.ts'
import { leave } from './trail.ts'
import { flag, stored } from './values.ts'

export function createDevices(ground: Ground): Devices {
  return {
    find: (accountId, deviceId) => find(ground, accountId, deviceId),
    listOf: accountId => listOf(ground, accountId),
    rename: (accountId, deviceId, label, trail) => change(ground, { accountId, deviceId }, { label }, trail),
    forget: (accountId, deviceId, trail) => forget(ground, { accountId, deviceId }, trail),
    ask: (device, trail) =>
      write(ground, async tx => {
        await insertDevice(tx, device)
          .onConflict(conflict => conflict.doNothing())
          .execute()
        await leave(ground, tx, trail, [{ kind: 'account', id: device.accountId }])
      }),
    approve: (accountId, deviceId, at, trail) => change(ground, { accountId, deviceId }, { approved_at: at }, trail),
  }
}

/** Signed in from: new, or seen again; then its name, its approval and the day it was first seen stay. */
export async function knowDevice(tx: Tx, device: Device): Promise<void> {
  await insertDevice(tx, device)
    .onConflict(conflict =>
      conflict.columns(['account_id', 'device_id']).doUpdateSet(row => ({
        mobile: row.ref('excluded.mobile'),
        last_seen_at: row.ref('excluded.last_seen_at'),
        address: row.ref('excluded.address'),
      })),
    )
    .execute()
}

export function insertDevice(tx: Tx, device: Device) {
  return tx.insertInto('devices').values({
    account_id: device.accountId,
    device_id: device.deviceId,
    label: device.label,
    mobile: flag(device.mobile),
    approved_at: device.approvedAt,
    first_seen_at: device.firstSeenAt,
    last_seen_at: device.lastSeenAt,
    address: device.address,
    reported_at: device.reportedAt,
  })
}

interface DeviceKey {
  readonly accountId: string
  readonly deviceId: string
}

async function find(ground: Ground, accountId: string, deviceId: string): Promise<Device | null> {
  const row = await ground.db
    .selectFrom('devices')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('device_id', '=', deviceId)
    .executeTakeFirst()
  return row === undefined ? null : readDevice(row)
}

async function listOf(ground: Ground, accountId: string): Promise<readonly Device[]> {
  const rows = await ground.db
    .selectFrom('devices')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('last_seen_at', 'desc')
    .orderBy('device_id')
    .execute()
  return rows.map(readDevice)
}

function change(ground: Ground, key: DeviceKey, values: Partial<DeviceTable>, trail: Trail): Promise<boolean> {
  return write(ground, async tx => {
    const changed = await tx
      .updateTable('devices')
      .set(values)
      .where('account_id', '=', key.accountId)
      .where('device_id', '=', key.deviceId)
      .executeTakeFirst()
    if (changed.numUpdatedRows !== 1n) return false
    await leave(ground, tx, trail, [{ kind: 'account', id: key.accountId }])
    return true
  })
}

function forget(ground: Ground, key: DeviceKey, trail: Trail): Promise<boolean> {
  return write(ground, async tx => {
    const gone = await tx
      .deleteFrom('devices')
      .where('account_id', '=', key.accountId)
      .where('device_id', '=', key.deviceId)
      // One that its owner has reported stays on record: else whoever has it would make it a known one by forgetting it.
      .where('reported_at', 'is', null)
      .executeTakeFirst()
    if (gone.numDeletedRows !== 1n) return false
    const ended = await endSessions(tx, key)
    await leave(ground, tx, trail, [{ kind: 'account', id: key.accountId }, ...ended.changes])
    return true
  })
}

function readDevice(row: DeviceTable): Device {
  return {
    accountId: stored(row.account_id),
    deviceId: row.device_id,
    label: row.label,
    mobile: row.mobile === 1,
    approvedAt: row.approved_at,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    address: row.address,
    reportedAt: row.reported_at,
  }
}
