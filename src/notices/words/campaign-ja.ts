import type { Notice } from '../notice.ts'
import type { Sender, Words } from '../words.ts'
import { moment, text } from './facts.ts'

type Writer = (notice: Notice, sender: Sender) => Words

/** 多数のパスワードを一度に再設定していただくときの通知。リンクの期限がないので、後日読まれても役に立つ。 */
export const campaignJa: Readonly<Record<'reset_campaign' | 'reset_reminder', Writer>> = {
  reset_campaign: (notice, sender) => ({
    subject: `【${sender.productName}】新しいパスワードの設定をお願いします`,
    lead: `${text(notice, 'name')} 様、すべての端末からログアウトしました。続けてご利用いただくには、新しいパスワードを設定してください。`,
    rows: rowsOf(notice),
    button: { label: '再設定用のリンクを受け取る', url: text(notice, 'resetUrl') },
    after: explained,
  }),
  reset_reminder: (notice, sender) => ({
    subject: `【${sender.productName}】再度のお願い：新しいパスワードを設定してください`,
    lead: `${text(notice, 'name')} 様、新しいパスワードがまだ設定されていません。設定が済むまで、このアカウントにはだれもログインできません。`,
    rows: rowsOf(notice),
    button: { label: '再設定用のリンクを受け取る', url: text(notice, 'resetUrl') },
    after: explained,
  }),
}

const explained = [
  'ボタンを押すと、メールアドレスが入力された画面が開きます。そこから、30分間有効なリンクをお送りします。二要素認証の設定はそのまま残ります。',
  '以前のパスワードはもう使えません。同じパスワードをほかのサービスでもお使いの場合は、そちらも変更してください。当社の者がパスワードをお尋ねすることはありません。',
]

function rowsOf(notice: Notice): Words['rows'] {
  return [
    ['理由', text(notice, 'reason')],
    ['日時', moment(notice, 'at')],
  ]
}
