import type { Notice } from '../notice.ts'
import type { Sender, Words } from '../words.ts'
import { moment, text } from './facts.ts'

type Writer = (notice: Notice, sender: Sender) => Words

/** The mail about a way in that is for emergencies. */
export const breakGlassEn: Readonly<Record<'break_glass_used', Writer>> = {
  break_glass_used: (notice, sender) => ({
    subject: `Emergency sign-in to ${sender.productName}: ${text(notice, 'person')}`,
    lead: `Hello ${text(notice, 'name')}, an emergency account of ${text(notice, 'organization')} was used without your identity provider.`,
    rows: [
      ['Account', text(notice, 'person')],
      ['When', moment(notice, 'at')],
      ['Device', text(notice, 'device')],
      ['Address', text(notice, 'address')],
    ],
    after: [
      'Ask the person whether it was they, and why it was needed.',
      'If nobody knows of it: suspend the account, and tell whoever runs this site. Every administrator gets this mail, each time.',
    ],
  }),
}
