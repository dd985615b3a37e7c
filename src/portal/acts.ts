import type { ActFact } from '../policy/facts.ts'

/** What a person may do to their own account. Each of these asks for a proof that is not older than this; a cookie alone changes nothing. */
export const ownActs = {
  change_password: act('change_password'),
  change_email: act('change_email'),
  add_factor: act('add_factor'),
  remove_factor: act('remove_factor'),
  restore_factor: act('restore_factor'),
  end_session: act('end_session'),
  end_other_sessions: act('end_other_sessions'),
  rename_device: act('rename_device'),
  forget_device: act('forget_device'),
} as const satisfies Record<string, ActFact>

/** What changes how the account is come into without its provider. */
export const localActs: readonly ActFact[] = [
  ownActs.change_password,
  ownActs.change_email,
  ownActs.add_factor,
  ownActs.remove_factor,
  ownActs.restore_factor,
]

function act(name: string): ActFact {
  return { name, proofAgeMaxMs: 10 * 60_000, roles: null }
}
