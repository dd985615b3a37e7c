import type { Attempt, Attempts } from '../../people/attempt.ts'
import type { Trail } from '../../people/trail.ts'
import type { Proof } from '../../policy/facts.ts'
import { readAttempt, writeAttempt } from './attempt-rows.ts'
import { type Ground, type Tx, write } from './ground.ts'
import { startHeld } from './holds.ts'
import type { AttemptTable } from './tables.ts'
import { leave } from './trail.ts'
import { storedJson } from './values.ts'

export function createAttempts(ground: Ground): Attempts {
  return {
    start: (attempt, trail) =>
      write(ground, async tx => {
        await tx.insertInto('attempts').values(writeAttempt(attempt)).execute()
        await leave(ground, tx, trail, [])
      }),
    startHeld: (attempt, held, trail) => startHeld(ground, attempt, held, trail),
    async findByTokenHash(tokenHash) {
      const row = await ground.db
        .selectFrom('attempts')
        .selectAll()
        .where('token_hash', '=', tokenHash)
        .executeTakeFirst()
      return row === undefined ? null : readAttempt(row)
    },
    addProof: (id, proof) => addProof(ground, id, proof),
    countTry: id => countTry(ground, id),
    keepEnrolment: (id, sealed) => set(ground.db, id, { sealed_enrolment: sealed }),
    keepEmailCode: (id, code, trail) => keepEmailCode(ground, id, code, trail),
    useEmailCode: (id, hash, at) => useEmailCode(ground, id, hash, at),
    async end(id) {
      await ground.db.deleteFrom('attempts').where('id', '=', id).execute()
    },
  }
}

/** The row is taken before its proofs are read (an update that changes nothing locks it on every dialect): no proof is lost to another. */
function addProof(ground: Ground, id: string, proof: Proof): Promise<boolean> {
  return write(ground, async tx => {
    const row = await tx
      .updateTable('attempts')
      .set(attempt => ({ device_id: attempt.ref('device_id') }))
      .where('id', '=', id)
      .returning('proofs')
      .executeTakeFirst()
    if (row === undefined) return false
    const proofs = storedJson<readonly Proof[]>(row.proofs)
    if (proofs.some(held => held.kind === proof.kind)) return false
    return set(tx, id, { proofs: JSON.stringify([...proofs, proof]) })
  })
}

async function countTry(ground: Ground, id: string): Promise<number | null> {
  const row = await ground.db
    .updateTable('attempts')
    .set(attempt => ({ wrong_codes: attempt('wrong_codes', '+', 1) }))
    .where('id', '=', id)
    .returning('wrong_codes')
    .executeTakeFirst()
  return row?.wrong_codes ?? null
}

function keepEmailCode(ground: Ground, id: string, code: Attempt['emailCode'], trail: Trail): Promise<boolean> {
  return write(ground, async tx => {
    const values = { email_code_hash: code?.hash ?? null, email_code_expires_at: code?.expiresAt ?? null }
    if (!(await set(tx, id, values))) return false
    await leave(ground, tx, trail, [])
    return true
  })
}

/** One statement that compares and clears: of many that show the right code, one finds it. */
async function useEmailCode(ground: Ground, id: string, hash: string, at: number): Promise<boolean> {
  const used = await ground.db
    .updateTable('attempts')
    .set({ email_code_hash: null, email_code_expires_at: null })
    .where('id', '=', id)
    .where('email_code_hash', '=', hash)
    .where('email_code_expires_at', '>', at)
    .executeTakeFirst()
  return used.numUpdatedRows === 1n
}

async function set(db: Tx | Ground['db'], id: string, values: Partial<AttemptTable>): Promise<boolean> {
  const result = await db.updateTable('attempts').set(values).where('id', '=', id).executeTakeFirst()
  return result.numUpdatedRows === 1n
}
