import type { Notice } from '../notice.ts'
import type { Sender, Words } from '../words.ts'
import { moment, text } from './facts.ts'

type Writer = (notice: Notice, sender: Sender) => Words

/** 攻撃のなかで正しいパスワードが使われたアカウントへの通知。 */
export const holdsJa: Readonly<Record<'sign_in_held' | 'password_in_attack', Writer>> = {
  sign_in_held: (notice, sender) => ({
    subject: `【${sender.productName}】ご本人ですか。確認コードは ${text(notice, 'code')} です`,
    lead: `${text(notice, 'name')} 様、他所から漏れたパスワードが次々に試されているなかで、あなたの正しいパスワードが入力されました。この確認コードがなければ、だれもログインできません：${text(notice, 'code')}`,
    rows: [...occasion(notice), ['コードの有効期限', moment(notice, 'expiresAt')]],
    button: { label: '心当たりがない：新しいパスワードを設定する', url: resetUrl(sender) },
    after: [
      'ご本人の場合：ログイン中の画面に確認コードを入力してください。画面を閉じた場合は、もう一度ログイン画面を開いて新しいコードを請求してください。',
      'お心当たりがない場合：パスワードを知られています。すぐに新しいパスワードを設定し、同じパスワードをお使いのほかのサービスでも変更してください。',
      'それまでの間、初めての端末からのログインには、メールで届くコードが必要です。これまでお使いの端末は、今までどおり使えます。当社の者がコードをお尋ねすることはありません。',
    ],
  }),
  password_in_attack: (notice, sender) => ({
    subject: `【${sender.productName}】あなたのパスワードが使われました。ご本人ですか`,
    lead: `${text(notice, 'name')} 様、他所から漏れたパスワードが次々に試されているなかで、あなたの正しいパスワードが入力されました。パスワードだけではログインできていません。`,
    rows: occasion(notice),
    button: { label: '心当たりがない：新しいパスワードを設定する', url: resetUrl(sender) },
    after: [
      'ご本人の場合：これまでお使いの端末でログインするか、もう一度ログイン画面を開いて、求められたコードを入力してください。',
      'お心当たりがない場合：パスワードを知られています。すぐに新しいパスワードを設定し、同じパスワードをお使いのほかのサービスでも変更してください。',
    ],
  }),
}

function resetUrl({ portalOrigin }: Sender): string {
  return `${portalOrigin}/reset`
}

function occasion(notice: Notice): Words['rows'] {
  return [
    ['日時', moment(notice, 'at')],
    ['端末', text(notice, 'device')],
    ['アドレス', text(notice, 'address')],
  ]
}
