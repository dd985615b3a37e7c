import type { Notice } from '../notice.ts'
import type { Words } from '../words.ts'
import { moment, text } from './facts.ts'

/** Under the mail about a change: the way to undo it where a session made it, and what helps by hand elsewhere. */
export function wayBack(notice: Notice, before: Words['after'] = []): Pick<Words, 'button' | 'after'> {
  const url = text(notice, 'notMeUrl')
  if (url === '') return { after: [...before, notYou] }
  return {
    button: { label: 'This was not me', url },
    after: [
      ...before,
      `If it was not you, open the link: you see what will happen and decide there. It shuts out whoever did this, puts back what they changed, and works until ${moment(notice, 'expiresAt')}, also when you are signed out.`,
    ],
  }
}

export const notYou = 'If this was not you, sign in and change your password now, and tell your administrator.'
