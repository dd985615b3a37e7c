import { type Context, Hono } from 'hono'
import { parseFields, readForm } from '../../http/forms.ts'
import type { PageApp, PageEnv } from '../../http/page-env.ts'
import type { Clock } from '../../lib/clock.ts'
import { aboutAccount, auditOf } from '../../people/origin.ts'
import type { Devices } from '../../people/session.ts'
import { type Undoable, undoable } from '../../people/session-change.ts'
import type { Trail } from '../../people/trail.ts'
import { type AccountWriter, confirmed } from '../account-writer.ts'
import { ownActs } from '../acts.ts'
import { readLabel } from '../code-field.ts'
import type { Door, Person } from '../door.ts'
import { renameContent } from '../pages/account-forms.ts'
import { originOf, type Visit, type VisitOf } from '../visit.ts'

export interface AccountDevicesNeeds {
  readonly visitOf: VisitOf
  readonly door: Door
  readonly devices: Devices
  readonly writer: AccountWriter
  readonly clock: Clock
}

/** `/account/devices`: own names for devices, and forgetting one, which ends its sessions. */
export function accountDeviceRoutes(needs: AccountDevicesNeeds): PageApp {
  const { visitOf, door, devices, writer } = needs
  const app: PageApp = new Hono<PageEnv>()
  const visitIn = (c: Context<PageEnv>) => visitOf(c.env.head, c.env.receipt)

  app.get('/account/devices/rename', async c => {
    const visit = visitIn(c)
    const admission = await door.admit(visit, '/account')
    if (admission.kind === 'answered') return admission.response
    const { person } = admission
    const id = parseFields(new URL(c.req.url).search).get('device') ?? ''
    const device = (await devices.listOf(person.account.id)).find(each => each.deviceId === id)
    if (device === undefined) return writer.done('not_found')
    const content = renameContent(visit.words, { id, label: device.label })
    return writer.write(visit, person, { title: visit.words.account.rename, content })
  })

  app.post('/account/devices/rename', async c => {
    const visit = visitIn(c)
    const admission = await door.admit(visit, confirmed, ownActs.rename_device)
    if (admission.kind === 'answered') return admission.response
    const form = await readForm(c.req.raw)
    const label = readLabel(form)
    if (label === null) return writer.done('not_found')
    const { account } = admission.person
    const id = form.get('device') ?? ''
    const device = await devices.find(account.id, id)
    if (device === null) return writer.done('not_found')
    const trail = trailOf(needs, visit, admission.person, {
      event: 'device_renamed',
      undo: { kind: 'device_renamed', deviceId: id, label: device.label },
    })
    const renamed = await devices.rename(account.id, id, label, trail)
    return writer.done(renamed ? 'device_renamed' : 'not_found')
  })

  app.post('/account/devices/forget', async c => {
    const visit = visitIn(c)
    const admission = await door.admit(visit, confirmed, ownActs.forget_device)
    if (admission.kind === 'answered') return admission.response
    const { account } = admission.person
    const id = (await readForm(c.req.raw)).get('device') ?? ''
    const device = await devices.find(account.id, id)
    if (device === null) return writer.done('not_found')
    const trail = trailOf(needs, visit, admission.person, {
      event: 'device_forgotten',
      undo: { kind: 'device_forgotten', device },
    })
    const forgotten = await devices.forget(account.id, id, trail)
    return writer.done(forgotten ? 'device_forgotten' : 'not_found')
  })
  return app
}

interface DeviceChange {
  readonly event: 'device_renamed' | 'device_forgotten'
  readonly undo: Undoable
}

function trailOf(
  { clock }: AccountDevicesNeeds,
  visit: Visit,
  { account, session }: Person,
  { event, undo }: DeviceChange,
): Trail {
  const by = originOf(visit, account.id, session)
  return { audit: auditOf(event, aboutAccount(account), by, clock.now()), notices: [], ...undoable(by, undo) }
}
