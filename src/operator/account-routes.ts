import type { PageApp } from '../http/page-env.ts'
import { isoInstant } from '../lib/instant.ts'
import type { Account } from '../people/account.ts'
import type { Origin } from '../people/origin.ts'
import type { OrganizationId } from '../policy/facts.ts'
import { accountByEmail, type Input, invalid, operatorOrigin, parseRoles, readInput } from './input.ts'
import type { OperatorRooms } from './rooms.ts'

/** People: who they are, forced resets, suspension, roles, exemptions, sessions, devices. */
export function addAccountRoutes(app: PageApp, rooms: OperatorRooms): void {
  app.post('/api/users', async context => {
    const input = await readInput(context)
    const slug = input.optionalText('organization')
    const person = {
      email: input.text('email'),
      name: input.text('name'),
      language: input.optionalText('language') === 'ja' ? ('ja' as const) : ('en' as const),
      organizationId: slug === null ? null : await organizationBySlug(rooms, slug),
      roles: parseRoles(input),
      password: input.optionalText('password'),
    }
    input.finish()
    const creating = await rooms.peopleAdmin.create(person, operatorOrigin(context))
    switch (creating.kind) {
      case 'created':
        return context.json({ id: creating.account.id, state: creating.account.state }, 201)
      case 'taken':
        return context.json({ detail: `there is already an account ${person.email}` }, 409)
      case 'invalid':
        throw invalid(`${creating.field} cannot be used`)
      case 'refused':
        throw invalid(`the password is refused: ${creating.problems.join(', ')}`)
      default:
        return creating satisfies never
    }
  })
  addResetRoutes(app, rooms)
  addStateRoutes(app, rooms)
  addSessionRoutes(app, rooms)
}

function addResetRoutes(app: PageApp, rooms: OperatorRooms): void {
  app.post('/api/users/require-reset', async context => {
    const input = await readInput(context)
    const account = await accountByEmail(rooms.accounts, input.text('email'))
    const cause = { reason: input.text('reason'), since: input.optionalTime('since') }
    input.finish()
    const outcome = await rooms.resets.require(account, cause, operatorOrigin(context))
    if (outcome === 'sso') throw invalid(`${account.email} signs in with single sign-on and has no password here`)
    return context.json({ outcome })
  })
  app.post('/api/users/withdraw-reset', async context => {
    const input = await readInput(context)
    const account = await accountByEmail(rooms.accounts, input.text('email'))
    input.finish()
    return context.json({
      outcome: (await rooms.resets.withdraw(account, operatorOrigin(context))) ? 'withdrawn' : 'unchanged',
    })
  })
  app.post('/api/users/invite', async context => {
    const input = await readInput(context)
    const account = await accountByEmail(rooms.accounts, input.text('email'))
    input.finish()
    return context.json({ outcome: await rooms.resets.invite(account, operatorOrigin(context)) })
  })
}

function addStateRoutes(app: PageApp, rooms: OperatorRooms): void {
  // Each reads what it needs and answers what to do: nothing is done before the whole input was found to be right.
  const changes: Record<string, (input: Input) => (account: Account, by: Origin) => Promise<boolean>> = {
    suspend: () => (account, by) => rooms.peopleAdmin.suspend(account, by),
    resume: () => (account, by) => rooms.peopleAdmin.resume(account, by),
    'release-hold': () => (account, by) => rooms.peopleAdmin.releaseHold(account, by),
    roles(input) {
      const wanted = parseRoles(input)
      if (wanted.length === 0) throw invalid('roles must name one at least')
      return (account, by) => rooms.peopleAdmin.setRoles(account, wanted, by)
    },
    exempt(input) {
      const exemption = { reason: input.text('reason'), until: input.optionalTime('until') }
      return (account, by) => rooms.peopleAdmin.setExemption(account, exemption, by)
    },
    'end-exemption': () => (account, by) => rooms.peopleAdmin.setExemption(account, null, by),
    'remove-factor'(input) {
      const factor = input.text('factor')
      return (account, by) => rooms.secondFactors.remove(account, factor, by)
    },
  }
  for (const [name, read] of Object.entries(changes))
    app.post(`/api/users/${name}`, async context => {
      const input = await readInput(context)
      const email = input.text('email')
      const change = read(input)
      input.finish()
      const done = await change(await accountByEmail(rooms.accounts, email), operatorOrigin(context))
      return context.json({ outcome: done ? 'changed' : 'unchanged' })
    })
}

function addSessionRoutes(app: PageApp, rooms: OperatorRooms): void {
  app.get('/api/sessions', async context => {
    const account = await accountByEmail(rooms.accounts, context.req.query('email') ?? '')
    const sessions = await rooms.sessions.listOf(account.id)
    return context.json({
      sessions: sessions.map(session => ({
        id: session.id,
        openedAt: isoInstant(session.openedAt),
        seenAt: isoInstant(session.seenAt),
        address: session.address,
        proofs: session.proofs.map(proof => proof.kind),
      })),
    })
  })
  app.post('/api/sessions/end', async context => {
    const input = await readInput(context)
    const account = await accountByEmail(rooms.accounts, input.text('email'))
    const one = input.optionalText('id')
    input.finish()
    const by = operatorOrigin(context)
    if (one === null) return context.json({ ended: await rooms.sessions.endAllOf(account, null, by) })
    const session = (await rooms.sessions.listOf(account.id)).find(({ id }) => id === one)
    return context.json({ ended: session !== undefined && (await rooms.sessions.end(session, by)) ? 1 : 0 })
  })
  app.get('/api/devices', async context => {
    const account = await accountByEmail(rooms.accounts, context.req.query('email') ?? '')
    const devices = await rooms.devices.listOf(account.id)
    return context.json({
      devices: devices.map(device => ({
        id: device.deviceId,
        label: device.label,
        mobile: device.mobile,
        approved: device.approvedAt !== null,
        lastSeenAt: isoInstant(device.lastSeenAt),
      })),
    })
  })
  app.post('/api/devices/approve', async context => {
    const input = await readInput(context)
    const account = await accountByEmail(rooms.accounts, input.text('email'))
    const reference = input.text('device')
    input.finish()
    // People read out the first characters that their page shows; more than one match is not guessed.
    const matches = (await rooms.devices.listOf(account.id)).filter(device => device.deviceId.startsWith(reference))
    const [device, second] = matches
    if (device === undefined || second !== undefined || reference.length < 6)
      throw invalid(
        `${matches.length} devices of ${account.email} begin with "${reference}"; exactly one is needed (6 characters or more)`,
      )
    return context.json({
      outcome: (await approve(rooms, account, device.deviceId, operatorOrigin(context))) ? 'approved' : 'unchanged',
    })
  })
}

function approve(
  rooms: OperatorRooms,
  account: Account,
  deviceId: string,
  by: ReturnType<typeof operatorOrigin>,
): Promise<boolean> {
  const at = rooms.clock.now()
  const { id, organizationId } = account
  const audit = {
    event: 'device_approved' as const,
    at,
    actor: by.actor,
    accountId: id,
    organizationId,
    address: null,
    receipt: null,
    facts: { device: deviceId.slice(0, 12) },
  }
  return rooms.devices.approve(id, deviceId, at, { audit, notices: [] })
}

async function organizationBySlug(rooms: OperatorRooms, slug: string): Promise<OrganizationId> {
  const organization = await rooms.organizations.findBySlug(slug)
  if (organization === null) throw invalid(`there is no organization ${slug}`)
  return organization.id
}
