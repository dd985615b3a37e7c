import type { SsoProof } from '../../src/operator/sso-proof.ts'

/** What `sekisho prove sso --json` has printed. */
export function parseSsoProof(out: string): SsoProof {
  return JSON.parse(out) as SsoProof // because the command prints nothing else
}
