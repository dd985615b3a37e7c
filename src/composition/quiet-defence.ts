import type { PortalNeeds } from '../portal/portal.ts'

/** Nothing is detected and nobody is shut out: every try to sign in is met openly. */
export const quietDefence: Pick<PortalNeeds, 'stuffing' | 'bans' | 'threat'> = {
  stuffing: { judge: () => ({ caution: 'none', delayMs: 0 }), record: () => {}, confirm: () => {} },
  bans: { find: () => null, isBanned: () => false },
  threat: () => 'threat:none',
}
