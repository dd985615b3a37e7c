import type { Change } from '../../people/changes.ts'
import type { Device, ProviderSubject, Session, Sessions } from '../../people/session.ts'
import type { Trail } from '../../people/trail.ts'
import type { Proof } from '../../policy/facts.ts'
import { takeAccount } from './credentials.ts'
import { knowDevice } from './devices.ts'
import { endSessions, rootOf, type SessionFilter } from './endings.ts'
import { type Ground, type Tx, write } from './ground.ts'
import { endHold } from './holds.ts'
import { issueJoin, redeemJoin } from './joins.ts'
import { isTakenBack, noteLogout, wasSignedOut } from './provider-logouts.ts'
import { provenSubject, readSession, sessionByTokenHash, subjectHash, writeSession } from './session-rows.ts'
import { leave } from './trail.ts'
import { storedJson } from './values.ts'

export function createSessions(ground: Ground): Sessions {
  return {
    async findByTokenHash(tokenHash) {
      const row = await sessionByTokenHash(ground.db, tokenHash).executeTakeFirst()
      return row === undefined ? null : readSession(row)
    },
    listOf: accountId => listOf(ground, accountId),
    open: (session, device, attemptId, trail) => open(ground, { session, device, attemptId }, trail),
    redeemJoin: (join, child) => redeemJoin(ground, join, child),
    issueJoin: code => issueJoin(ground, code),
    rotate: (id, tokenHash, proofs, trail) => rotate(ground, { id, tokenHash, proofs }, trail),
    end: (id, trail) =>
      end(ground, trail, async tx => {
        const rootId = await rootOf(tx, id)
        return rootId === undefined ? null : { rootId }
      }),
    endAllOf: (accountId, except, trail) =>
      end(ground, trail, async tx => {
        const exceptRootId = await rootOf(tx, except)
        return exceptRootId === undefined ? { accountId } : { accountId, exceptRootId }
      }),
    listOfSubject: subject => listOfSubject(ground, subject),
    endThese: (rootIds, trail) => end(ground, trail, async () => (rootIds.length === 0 ? null : { rootIds }), counted),
    noteLogout: logout => noteLogout(ground, logout),
    wasSignedOut: signIn => wasSignedOut(ground.db, signIn),
    touch: seen => touch(ground, seen),
  }
}

async function listOf(ground: Ground, accountId: string): Promise<readonly Session[]> {
  const rows = await ground.db
    .selectFrom('sessions')
    .selectAll()
    .where('account_id', '=', accountId)
    .whereRef('id', '=', 'root_id')
    .orderBy('opened_at', 'desc')
    .orderBy('id')
    .execute()
  return rows.map(readSession)
}

async function listOfSubject(ground: Ground, subject: ProviderSubject): Promise<readonly Session[]> {
  const rows = await ground.db
    .selectFrom('sessions')
    .selectAll()
    .where('subject_hash', '=', subjectHash(subject))
    .whereRef('id', '=', 'root_id')
    .limit(listedMax)
    .execute()
  return rows.map(readSession)
}

/** More signed-in browsers of one person than anybody has; the next message ends those that are left. */
const listedMax = 1_000

interface Opening {
  readonly session: Session
  readonly device: Device
  readonly attemptId: string | null
}

/** Whoever takes the attempt's row away opens the session; a new password or a reset takes it away before. */
function open(ground: Ground, { session, device, attemptId }: Opening, trail: Trail): Promise<boolean> {
  return write(ground, async tx => {
    const account = await takeAccount(tx, session.accountId)
    if (account?.state !== 'open' || (await isTakenBack(tx, session.proofs))) return false
    if (attemptId !== null && !(await takeAttempt(tx, attemptId, session))) return false
    await tx.insertInto('sessions').values(writeSession(session)).execute()
    await knowDevice(tx, device)
    await tx
      .updateTable('accounts')
      .set({ last_sign_in_at: session.openedAt })
      .where('id', '=', session.accountId)
      .execute()
    if (ownerConfirmed(session.proofs)) await endHold(ground, tx, account, trail, 'confirmed')
    await leave(ground, tx, trail, [{ kind: 'account', id: session.accountId }])
    return true
  })
}

/** Who shows both says of the password itself that it was theirs; a mailed code alone says nothing of whoever else knows it. */
function ownerConfirmed(proofs: readonly Proof[]): boolean {
  return (['password', 'email_code'] as const).every(kind => proofs.some(proof => proof.kind === kind))
}

async function takeAttempt(tx: Tx, attemptId: string, session: Session): Promise<boolean> {
  const taken = await tx
    .deleteFrom('attempts')
    .where('id', '=', attemptId)
    .where('account_id', '=', session.accountId)
    .where('expires_at', '>', session.openedAt)
    .executeTakeFirst()
  return taken.numDeletedRows === 1n
}

interface Rotation {
  readonly id: string
  readonly tokenHash: string
  readonly proofs: readonly Proof[]
}

/** The new token is written first: it locks the row. The proofs are those of the whole family, since a child's are its root's. */
function rotate(ground: Ground, { id, tokenHash, proofs }: Rotation, trail: Trail): Promise<boolean> {
  return write(ground, async tx => {
    if (await isTakenBack(tx, proofs)) return false
    const session = await tx
      .updateTable('sessions')
      .set({ token_hash: tokenHash })
      .where('id', '=', id)
      .returning(['root_id', 'proofs'])
      .executeTakeFirst()
    if (session === undefined) return false
    const together = withProofs(storedJson<readonly Proof[]>(session.proofs), proofs)
    const family = await tx
      .updateTable('sessions')
      .set({ proofs: JSON.stringify(together), subject_hash: provenSubject(together) })
      .where('root_id', '=', session.root_id)
      .returning('id')
      .execute()
    const changes = family.map((member): Change => ({ kind: 'session', id: member.id }))
    await leave(ground, tx, trail, changes)
    return true
  })
}

/** A newer proof takes the place of its kind: the list stays as short as there are kinds, however often somebody steps up. */
function withProofs(old: readonly Proof[], added: readonly Proof[]): readonly Proof[] {
  const same = (left: Proof, right: Proof) => left.kind === right.kind && left.organization === right.organization
  return [...old.filter(proof => !added.some(newer => same(proof, newer))), ...added]
}

/** Nothing ended leaves nothing behind. */
function end(
  ground: Ground,
  trail: Trail,
  choose: (tx: Tx) => Promise<SessionFilter | null>,
  trailOf: (trail: Trail, roots: number) => Trail = same,
): Promise<number> {
  return write(ground, async tx => {
    const filter = await choose(tx)
    if (filter === null) return 0
    const ended = await endSessions(tx, filter)
    if (ended.roots > 0) await leave(ground, tx, trailOf(trail, ended.roots), ended.changes)
    return ended.roots
  })
}

const same = (trail: Trail): Trail => trail

function counted(trail: Trail, roots: number): Trail {
  return { ...trail, audit: { ...trail.audit, facts: { ...trail.audit.facts, sessions: roots } } }
}

/** Never backwards, and never for one that has ended. Who is seen at an application is seen at the portal: the idle limit is the person's. */
function touch(ground: Ground, seen: Parameters<Sessions['touch']>[0]): Promise<void> {
  return write(ground, async tx => {
    for (const { id, at } of seen) {
      const root = tx.selectFrom('sessions').select('root_id').where('id', '=', id)
      await tx
        .updateTable('sessions')
        .set({ seen_at: at })
        .where(row => row.or([row('id', '=', id), row('id', '=', root)]))
        .where('seen_at', '<', at)
        .execute()
    }
  })
}
