import type { Notice } from '../notice.ts'
import type { Words } from '../words.ts'
import { moment, text } from './facts.ts'

/** 変更のお知らせの末尾。ログイン中の操作であれば取り消しのリンク、それ以外はご自身でできること。 */
export function wayBack(notice: Notice, before: Words['after'] = []): Pick<Words, 'button' | 'after'> {
  const url = text(notice, 'notMeUrl')
  if (url === '') return { after: [...before, notYou] }
  return {
    button: { label: '身に覚えがありません', url },
    after: [
      ...before,
      `お心当たりがない場合は、リンクを開いてください。何が行われるかを確認してから、お決めいただけます。操作した人を締め出し、変更されたものを元に戻します。${moment(notice, 'expiresAt')} まで、ログインしていなくても使えます。`,
    ],
  }
}

export const notYou = 'お心当たりがない場合は、すぐにログインしてパスワードを変更し、管理者に連絡してください。'
