import type { Notice } from '../notice.ts'
import type { Sender, Words } from '../words.ts'
import { moment, text } from './facts.ts'

/** The words about an organization's identity provider, in English. */
export const providersEn = {
  provider_staged: (notice: Notice, sender: Sender): Words => ({
    subject: `Changed identity provider data of ${text(notice, 'organization')} waits for a decision`,
    lead: `Hello ${text(notice, 'name')}, the identity provider of ${text(notice, 'organization')} gives out other data. What was in use stays in use, and the new is accepted beside it until somebody decides.`,
    rows: [
      ['Read', moment(notice, 'at')],
      ['Changes', text(notice, 'changes')],
    ],
    after: [
      'Compare the fingerprints with those that your identity provider shows. If they are right, have the new data promoted; if not, have it dropped at once, because whoever holds its key can sign people in.',
      `Those who run ${sender.productName} do both with "sekisho sso promote" and "sekisho sso drop".`,
    ],
  }),
  provider_expiring: (notice: Notice, _sender: Sender): Words => ({
    subject: `${things[text(notice, 'what')]?.subject ?? text(notice, 'what')}: ${text(notice, 'organization')}`,
    lead: `Hello ${text(notice, 'name')}, ${things[text(notice, 'what')]?.lead ?? text(notice, 'what')}`,
    rows: [
      ['Organization', text(notice, 'organization')],
      ['Which', text(notice, 'which')],
      ['Ends', moment(notice, 'expiresAt')],
    ],
    after: [things[text(notice, 'what')]?.after ?? text(notice, 'what')],
  }),
}

const things: Readonly<Record<string, { readonly subject: string; readonly lead: string; readonly after: string }>> = {
  certificate: {
    subject: 'A signing certificate of your identity provider ends',
    lead: 'a certificate with which your identity provider signs comes to its end. Sign-in goes on meanwhile.',
    after:
      'Ask those who run the identity provider for its next certificate in good time: most providers change the key on that day. Bring the new metadata in before, then both are accepted.',
  },
  metadata: {
    subject: 'The metadata of your identity provider ends',
    lead: 'the metadata of your identity provider says that it holds only until then. Sign-in goes on meanwhile.',
    after: 'Get a fresh document from the identity provider and bring it in.',
  },
  own_certificate: {
    subject: 'Our certificate towards your identity provider ends',
    lead: 'the certificate with which we sign towards your identity provider comes to its end. Some providers refuse it from then on.',
    after:
      'Those who run the gateway make a new one ("sekisho sso keys rotate"). Let the identity provider read our metadata again afterwards.',
  },
}
