import type { SamlRefusal } from './refusal.ts'

/** What helps against each refusal, for operators and administrators (`sekisho explain`, the test sign-in). */
export const samlRemedies: Readonly<Record<SamlRefusal, string>> = {
  too_large: 'The message is larger than any we accept: let the provider send fewer attributes.',
  unreadable:
    'The message is no base64 or no well-formed XML, or took too long to read: look at what the provider sends.',
  forbidden_markup:
    'The message holds a DTD, a comment, a processing instruction or CDATA: let the provider send plain XML.',
  wrong_structure: 'Send one Response with exactly one Assertion, each ID once, and nothing else around it.',
  signature_missing: 'Let the provider sign the part that the settings ask for (assertion or response).',
  signature_placement: 'A signature must stand directly in what it signs and refer to it alone.',
  algorithm:
    'Sign with RSA or ECDSA and SHA-256 or better, exclusive canonicalization; encrypt with AES-GCM and RSA-OAEP.',
  signature_wrong:
    'None of the certificates known for the provider fits: import its present metadata (sekisho sso import).',
  decryption: 'The provider encrypts for another key: let it read our metadata again.',
  status: 'The provider itself has refused: the detail holds its status. Look there.',
  issuer: 'The message comes from another entity than the one imported: compare the entity ids.',
  destination: 'The Destination has to be the ACS address of this organization, as our metadata states it.',
  audience: 'The Audience has to be our entity id for this organization, as our metadata states it.',
  conditions: 'The conditions of the assertion are missing, or hold one that is not understood.',
  recipient: 'The Recipient has to be the ACS address of this organization, as our metadata states it.',
  request_unknown:
    'The answer belongs to no request of this browser: start again here. Sign-ins that begin at the provider have to be allowed in the settings.',
  expired: 'The message is too old: compare the clocks, and see whether the person took long.',
  not_yet_valid:
    'The message is from the future: compare the clocks; the settings hold the difference that is allowed.',
  authentication_statement: 'The assertion has to say when the person signed in, after we asked for it.',
  authentication_context: 'The provider has signed the person in by another kind than was asked for.',
  name_id:
    'Neither the NameID nor the chosen attribute holds one e-mail address: choose the attribute in the settings.',
  email_domain: 'The domain of the address is not verified for this organization: claim and verify it.',
  logged_out: 'The provider has ended this sign-in before its message came here: sign in again.',
  replayed: 'The message was used before: start again.',
  nobody: 'There is no account of that address in this organization: invite the person, or let accounts be created.',
  switched_off: 'Single sign-on is not in force for this organization.',
  busy: 'Too many messages are being read at this moment: try again.',
}
