import { hashToken } from '../../lib/secret.ts'
import type { ProviderLogout, ProviderSignIn } from '../../people/session.ts'
import type { Proof } from '../../policy/facts.ts'
import { type Ground, type Tx, write } from './ground.ts'
import { subjectHash } from './session-rows.ts'

// Logouts by providers, for assertions that come after their own. They stand among what is used once: a name and a time, swept by themselves.

/** An assertion is good for a day, give or take the clocks: a logout is asked for no longer than that. */
const keptMs = 25 * 3_600_000
/** A provider signs as many logouts as it likes. What goes first is what is nearest to its end. */
export const logoutsPerOrganization = 20_000
const forgottenAtOnce = 200
/** A logout that names more sign-ins than that counts for all of them. */
const namedMax = 8
/** Whoever signs in and out all day long is remembered by one row: it must not push out what is kept of everybody else. */
const rowsOfPersonMax = 64

export function noteLogout(ground: Ground, logout: ProviderLogout): Promise<void> {
  const { sessionIndexes, at } = logout
  const isNamed = sessionIndexes.length > 0 && sessionIndexes.length <= namedMax
  const until = at + keptMs
  const kept = isNamed ? ['some', ...sessionIndexes.map(named)].map(name => ({ key: keyOf(logout, name), until })) : []
  return write(ground, async tx => {
    await makeRoom(tx, logout)
    const isOne = kept.length === 0 || (await rowsOf(tx, logout)) + kept.length > rowsOfPersonMax
    const rows = isOne ? [{ key: keyOf(logout, 'all'), until: Math.max(until, await forgetNamed(tx, logout)) }] : kept
    for (const row of rows)
      await tx
        .insertInto('spent')
        .values(row)
        // The later of two logouts speaks for both.
        .onConflict(conflict =>
          conflict.column('key').doUpdateSet({ until: row.until }).where('spent.until', '<', row.until),
        )
        .execute()
  })
}

/**
 * Both times are the provider's own: no clock of ours stands between them. What it wrote after the logout speaks of a sign-in that it considers
 * alive, however long ago the person proved anything.
 */
export async function wasSignedOut(db: Ground['db'] | Tx, signIn: ProviderSignIn): Promise<boolean> {
  // A sign-in whose index nobody told us cannot be told from the one that was meant.
  const name = signIn.sessionIndex === null ? 'some' : named(signIn.sessionIndex)
  const row = await db
    .selectFrom('spent')
    .select('key')
    .where('key', 'in', [keyOf(signIn, 'all'), keyOf(signIn, name)])
    .where('until', '>=', signIn.issuedAt + keptMs)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Whether one of the proofs is a provider's word that it has taken back since. */
export async function isTakenBack(tx: Tx, proofs: readonly Proof[]): Promise<boolean> {
  for (const { organization: organizationId, subject } of proofs) {
    if (organizationId === undefined || subject?.issuedAt === undefined) continue
    const { issuer, nameId, sessionIndex, issuedAt } = subject
    if (await wasSignedOut(tx, { organizationId, issuer, nameId, sessionIndex, issuedAt })) return true
  }
  return false
}

function named(sessionIndex: string): string {
  return `=${hashToken(sessionIndex)}`
}

type Subject = Pick<ProviderLogout, 'organizationId' | 'issuer' | 'nameId'>

/** The hash is of a fixed length: nobody's rows stand among another's. */
function ofPerson<Query extends { where(column: 'key', is: '>' | '<', than: string): Query }>(
  query: Query,
  subject: Subject,
): Query {
  return query.where('key', '>', keyOf(subject, '')).where('key', '<', keyOf(subject, '~'))
}

async function rowsOf(tx: Tx, subject: Subject): Promise<number> {
  const counted = tx.selectFrom('spent').select(row => row.fn.countAll<number>().as('count'))
  const { count } = await ofPerson(counted, subject).executeTakeFirstOrThrow()
  return Number(count)
}

/** One row for all of them says no less. Answers until when the latest was kept. */
async function forgetNamed(tx: Tx, subject: Subject): Promise<number> {
  const gone = await ofPerson(tx.deleteFrom('spent'), subject).returning('until').execute()
  return Math.max(0, ...gone.map(({ until }) => Number(until)))
}

function keyOf(subject: Subject, name: string): string {
  return `${prefixOf(subject)}${subjectHash(subject)}${name}`
}

/** Of a fixed length: no identifier is the beginning of another one. */
function prefixOf({ organizationId }: Pick<Subject, 'organizationId'>): string {
  return `saml-out:${hashToken(organizationId)}:`
}

async function makeRoom(tx: Tx, { organizationId }: Subject): Promise<void> {
  const prefix = prefixOf({ organizationId })
  const theirs = tx.selectFrom('spent').where('key', '>', prefix).where('key', '<', `${prefix}~`)
  const { count } = await theirs.select(row => row.fn.countAll<number>().as('count')).executeTakeFirstOrThrow()
  if (Number(count) < logoutsPerOrganization) return
  const first = theirs.select('key').orderBy('until').limit(forgottenAtOnce)
  await tx.deleteFrom('spent').where('key', 'in', first).execute()
}
