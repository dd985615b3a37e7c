import type { EmailChanges, EmailMove } from '../../people/email-changes.ts'
import type { Trail } from '../../people/trail.ts'
import { takeAccount } from './credentials.ts'
import { endAttempts, rootOf, voidTickets } from './endings.ts'
import { type Ground, write } from './ground.ts'
import { leave } from './trail.ts'

export function createEmailChanges(ground: Ground): EmailChanges {
  return { change: (move, trail) => change(ground, move, trail) }
}

function change(ground: Ground, move: EmailMove, trail: Trail): ReturnType<EmailChanges['change']> {
  const { accountId: id, email, emailKey, former } = move
  return write(ground, async tx => {
    const account = await takeAccount(tx, id)
    if (account?.state !== 'open' || account.reset_at !== null || account.email_key !== move.fromKey) return 'overtaken'
    if ((await rootOf(tx, move.sessionId)) === undefined) return 'overtaken'
    const other = await tx
      .selectFrom('accounts')
      .select('id')
      .where('email_key', '=', emailKey)
      .where('state', '<>', 'deleted')
      .executeTakeFirst()
    if (other !== undefined) return 'taken'
    await tx
      .updateTable('accounts')
      .set({ email, email_key: emailKey, former_email: former.email, former_email_until: former.undoUntil })
      .where('id', '=', id)
      .execute()
    await endAttempts(tx, id)
    await voidTickets(tx, id)
    await leave(ground, tx, trail, [{ kind: 'account', id }])
    return 'changed'
  })
}
