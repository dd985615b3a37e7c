import type { PageApp } from '../http/page-env.ts'
import { isoInstant } from '../lib/instant.ts'
import type { Account } from '../people/account.ts'
import type { Device, Session } from '../people/session.ts'
import { accountByEmail } from './input.ts'
import type { OperatorRooms } from './rooms.ts'

/** One person, as support needs to see them: nothing that opens a door. */
export function addPersonRoutes(app: PageApp, rooms: OperatorRooms): void {
  app.get('/api/users/show', async context => {
    const account = await accountByEmail(rooms.accounts, context.req.query('email') ?? '')
    const { id, organizationId } = account
    const organization = organizationId === null ? null : await rooms.organizations.find(organizationId)
    const addresses = [account.email, ...(account.formerEmail === null ? [] : [account.formerEmail.email])]
    const mails = await rooms.outbox.list('all', mailsShown, addresses)
    return context.json({
      ...describe(account, organization?.slug ?? null),
      sessions: (await rooms.sessions.listOf(id)).map(describeSession),
      devices: (await rooms.devices.listOf(id)).map(describeDevice),
      mails: mails.map(({ notice, state, createdAt, lastAnswer }) => ({
        ...{ kind: notice.kind, to: notice.to, channel: notice.channel ?? 'mail', state },
        ...{ createdAt: isoInstant(createdAt), lastAnswer },
      })),
    })
  })
}

const mailsShown = 20

function describe(account: Account, organization: string | null): Readonly<Record<string, unknown>> {
  const { id, email, name, language, roles, state, formerEmail, exemption, held, reset, passwordLeak } = account
  return {
    ...{ id, email, name, organization, roles, state, language },
    createdAt: isoInstant(account.createdAt),
    lastSignInAt: momentOf(account.lastSignInAt),
    passwordChangedAt: momentOf(account.password?.changedAt ?? null),
    passwordLeak: passwordLeak === null ? null : { ...passwordLeak, checkedAt: isoInstant(passwordLeak.checkedAt) },
    formerEmail: formerEmail === null ? null : { ...formerEmail, undoUntil: isoInstant(formerEmail.undoUntil) },
    reset: reset === null ? null : { ...reset, at: isoInstant(reset.at), since: momentOf(reset.since) },
    held: held === null ? null : { ...held, at: isoInstant(held.at) },
    exemption: exemption === null ? null : { ...exemption, until: momentOf(exemption.until) },
    factors: account.factors.map(factor => ({
      ...{ id: factor.id, kind: factor.kind, label: factor.label, spare: factor.spare },
      addedAt: isoInstant(factor.addedAt),
      setAsideAt: momentOf(factor.setAsideAt),
    })),
  }
}

function describeSession({ id, openedAt, seenAt, address, proofs, agent }: Session): object {
  const methods = proofs.map(({ kind }) => kind)
  return { id, openedAt: isoInstant(openedAt), seenAt: isoInstant(seenAt), address, agent, methods }
}

function describeDevice({ deviceId, label, mobile, approvedAt, reportedAt, lastSeenAt, address }: Device): object {
  return {
    ...{ id: deviceId, label, mobile, address, approved: approvedAt !== null, reported: reportedAt !== null },
    lastSeenAt: isoInstant(lastSeenAt),
  }
}

function momentOf(at: number | null): string | null {
  return at === null ? null : isoInstant(at)
}
