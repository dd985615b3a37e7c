import type { Notice } from '../notice.ts'
import type { Sender, Words } from '../words.ts'
import { moment, text } from './facts.ts'

type Writer = (notice: Notice, sender: Sender) => Words

/** 緊急用アカウントのログインのお知らせ。 */
export const breakGlassJa: Readonly<Record<'break_glass_used', Writer>> = {
  break_glass_used: (notice, sender) => ({
    subject: `【${sender.productName}】緊急用アカウントのログイン：${text(notice, 'person')}`,
    lead: `${text(notice, 'name')} 様、${text(notice, 'organization')} の緊急用アカウントが、ID プロバイダーを使わずにログインしました。`,
    rows: [
      ['アカウント', text(notice, 'person')],
      ['日時', moment(notice, 'at')],
      ['端末', text(notice, 'device')],
      ['アドレス', text(notice, 'address')],
    ],
    after: [
      'ご本人の操作かどうか、なぜ必要だったのかを確認してください。',
      '心当たりのある人がいない場合は、アカウントを停止し、このサイトの運用者に連絡してください。このメールは、ログインのたびに管理者全員に届きます。',
    ],
  }),
}
