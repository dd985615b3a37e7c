import type { Tx } from './ground.ts'

/** Makes room for the next key. Oldest first: at no moment do two keys hold one state. */
export async function moveKeysOn(tx: Tx, table: 'signing_keys' | 'sso_keys'): Promise<void> {
  for (const [from, to] of turns) await tx.updateTable(table).set({ state: to }).where('state', '=', from).execute()
}

const turns = [
  ['previous', 'retired'],
  ['current', 'previous'],
  ['next', 'current'],
] as const
