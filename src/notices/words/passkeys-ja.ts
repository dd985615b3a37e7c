import type { Notice } from '../notice.ts'
import type { Sender, Words } from '../words.ts'
import { moment, text } from './facts.ts'

type Writer = (notice: Notice, sender: Sender) => Words

/** The same in Japanese. */
export const passkeysJa: Readonly<Record<'passkey_copied' | 'sign_in_code', Writer>> = {
  passkey_copied: (notice, sender) => ({
    subject: `【${sender.productName}】パスキーが複製された可能性があります`,
    lead: `${text(notice, 'name')} 様、二つ存在すると思われるパスキーが使われようとしました。ログインは許可していません。`,
    rows: [
      ['パスキー', text(notice, 'passkey')],
      ['日時', moment(notice, 'at')],
      ['端末', text(notice, 'device')],
      ['アドレス', text(notice, 'address')],
    ],
    after: [
      '別の方法でログインし、アカウント画面でこのパスキーを削除して、新しく作成してください。',
      'セキュリティキーを初期化または復元したことが原因の場合もあります。その場合も、新しいパスキーを作成してください。',
    ],
  }),
  sign_in_code: (notice, sender) => ({
    subject: `【${sender.productName}】ログインコード ${text(notice, 'code')}`,
    lead: `${text(notice, 'name')} 様、パスワードの代わりに次のコードでログインできます：${text(notice, 'code')}`,
    rows: [
      ['有効期限', moment(notice, 'expiresAt')],
      ['申し込み元', `${text(notice, 'device')}、${text(notice, 'address')}`],
    ],
    after: [
      'コードを申し込んだ画面に、同じブラウザーで入力してください。こちらからコードをお尋ねすることはありません。',
      'お心当たりがない場合は、何もする必要はありません。コードがなければ誰もログインできません。',
    ],
  }),
}
