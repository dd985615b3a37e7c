import type { Notice } from '../notice.ts'
import type { Sender, Words } from '../words.ts'
import { moment, text } from './facts.ts'

/** 引き継ぎコードの通知の日本語の文面。 */
export const handOverJa = {
  hand_over_issued: (notice: Notice, sender: Sender): Words => ({
    subject: `【${sender.productName}】引き継ぎコードが発行されました`,
    lead: `${text(notice, 'name')} 様、お心当たりがない場合は、すぐに対応してください。このコードで、あなたのアカウントに新しいパスワードを設定できます。`,
    rows: [
      ['日時', moment(notice, 'at')],
      ['発行した人', `${text(notice, 'issuer')}（${term(notice, 'by')}）`],
      ['理由', text(notice, 'reason')],
      ['有効期限', moment(notice, 'expiresAt')],
      ['2段階認証', term(notice, 'asks')],
    ],
    button: { label: 'パスワードを変更する', url: `${sender.portalOrigin}/account/password` },
    after: [
      'メールを受け取れなくなり、ご自身で依頼された場合は、何もする必要はありません。ほかの人が偽って依頼できないように、このアドレスにもお知らせしています。',
      'お心当たりがない場合は、ログインしてパスワードを変更してください。コードはその時点で無効になります。そのうえで、組織の別の管理者に連絡してください。',
    ],
  }),
  hand_over_sms: (notice: Notice, sender: Sender): Words => ({
    subject: '',
    lead: `${sender.productName}：引き継ぎコードが発行されました（${moment(notice, 'expiresAt')} まで有効）。お心当たりがない場合は、ログインしてパスワードを変更すると無効になります。`,
    rows: [],
    after: [],
  }),
  hand_over_failed: (notice: Notice, sender: Sender): Words => ({
    subject: `【${sender.productName}】引き継ぎコードが使われましたが、2段階認証に失敗しました`,
    lead: `${text(notice, 'name')} 様、お心当たりがない場合は、すぐに対応してください。あなたのアカウントの引き継ぎコードを持つ人が、2段階認証に失敗しました。`,
    rows: [
      ['日時', moment(notice, 'at')],
      ['端末', text(notice, 'device')],
      ['アドレス', text(notice, 'address')],
    ],
    button: { label: 'パスワードを変更する', url: `${sender.portalOrigin}/account/password` },
    after: [
      'ご本人であれば、対応は不要です。新しいコードか、ほかの方法でもう一度お試しください。',
      'お心当たりがない場合は、ログインしてパスワードを変更してください。コードはその時点で無効になります。そのうえで、組織の別の管理者に連絡してください。',
    ],
  }),
}

function term(notice: Notice, name: string): string {
  const terms: Readonly<Record<string, string>> = {
    administrator: '組織の管理者',
    operator: 'サポート',
    asks: '確認します。',
    asks_nothing: '設定されていません。コードを持つ人は、ほかに何も必要ありません。',
  }
  const word = text(notice, name)
  return terms[word] ?? word
}
