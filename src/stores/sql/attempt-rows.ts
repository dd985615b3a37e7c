import type { Attempt } from '../../people/attempt.ts'
import type { AttemptTable } from './tables.ts'
import { stored, storedJson } from './values.ts'

// Attempts between the table and the words of people/attempt.ts.

export function readAttempt(row: AttemptTable): Attempt {
  return {
    id: row.id,
    tokenHash: row.token_hash,
    accountId: stored(row.account_id),
    proofs: storedJson(row.proofs),
    risk: storedJson(row.risk),
    deviceId: row.device_id,
    startedAt: row.started_at,
    expiresAt: row.expires_at,
    wrongCodes: row.wrong_codes,
    sealedEnrolment: row.sealed_enrolment,
    emailCode:
      row.email_code_hash === null || row.email_code_expires_at === null
        ? null
        : { hash: row.email_code_hash, expiresAt: row.email_code_expires_at },
  }
}

export function writeAttempt(attempt: Attempt): AttemptTable {
  return {
    id: attempt.id,
    token_hash: attempt.tokenHash,
    account_id: attempt.accountId,
    proofs: JSON.stringify(attempt.proofs),
    risk: JSON.stringify(attempt.risk),
    device_id: attempt.deviceId,
    started_at: attempt.startedAt,
    expires_at: attempt.expiresAt,
    wrong_codes: attempt.wrongCodes,
    sealed_enrolment: attempt.sealedEnrolment,
    email_code_hash: attempt.emailCode?.hash ?? null,
    email_code_expires_at: attempt.emailCode?.expiresAt ?? null,
  }
}
