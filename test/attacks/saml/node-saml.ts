import { SAML, ValidateInResponseTo } from '@node-saml/node-saml'
import type { ResponseQuestion } from '../../../src/sso/reading.ts'

/**
 * What node-saml with its strictest options says to the same message: the name it accepts, or why it refuses. Its options demand one
 * signature or both; ours demand one of them, so it is asked twice and may accept either.
 */
export async function askNodeSaml(
  question: ResponseQuestion,
): Promise<{ readonly accepted: string } | { readonly refused: string }> {
  const first = await ask(question, 'assertion')
  return 'accepted' in first ? first : ask(question, 'response')
}

async function ask(question: ResponseQuestion, signed: 'assertion' | 'response') {
  const { provider, us, requests, unsolicited } = question
  const open = new Map(requests.map(({ id, startedAt }) => [id, new Date(startedAt).toISOString()]))
  const [decryptionPvk = ''] = us.decryptionKeys
  const saml = new SAML({
    idpCert: [...provider.certificates],
    idpIssuer: provider.entityId,
    issuer: us.entityId,
    audience: us.entityId,
    callbackUrl: us.acsUrl,
    wantAssertionsSigned: signed === 'assertion',
    wantAuthnResponseSigned: signed === 'response',
    acceptedClockSkewMs: provider.settings.skewMs,
    decryptionPvk,
    validateInResponseTo: unsolicited ? ValidateInResponseTo.ifPresent : ValidateInResponseTo.always,
    cacheProvider: {
      saveAsync: async () => null,
      getAsync: async key => open.get(key) ?? null,
      removeAsync: async () => null,
    },
  })
  try {
    const { profile } = await saml.validatePostResponseAsync({ SAMLResponse: question.message })
    return { accepted: profile?.nameID ?? '' }
  } catch (error) {
    return { refused: error instanceof Error ? error.message : String(error) }
  }
}
