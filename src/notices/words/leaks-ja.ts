import type { Notice } from '../notice.ts'
import type { Sender, Words } from '../words.ts'
import { moment, text } from './facts.ts'

type Writer = (notice: Notice, sender: Sender) => Words

/** 他のサービスから流出したパスワードについてのメール。 */
export const leaksJa: Readonly<Record<'password_leaked' | 'password_refused', Writer>> = {
  password_leaked: (notice, sender) => ({
    subject: `アカウントを守るため、${sender.productName} のパスワードを更新してください`,
    lead: `${text(notice, 'name')} さん、新しいパスワードを設定してください。今のパスワードは他のサービスからの流出で知られており、あちこちのアカウントで試されています。`,
    rows: [['サインイン', moment(notice, 'at')]],
    button: { label: 'パスワードを更新する', url: `${sender.portalOrigin}/account/password` },
    after: [
      'ほかの人がサインインしたという知らせではありません。変更されるまで、サインインのたびにお知らせします。',
      '同じパスワードを他のサービスでも使っている場合は、そちらも変更してください。',
    ],
  }),
  password_refused: (notice, sender) => ({
    subject: `${sender.productName} のパスワードは使えなくなりました`,
    lead: `${text(notice, 'name')} さん、新しいパスワードを設定してください。今のパスワードは他のサービスからの流出で知られているため、ここではもう使えません。`,
    rows: [['入力された日時', moment(notice, 'at')]],
    button: { label: '新しいパスワードを設定する', url: `${sender.portalOrigin}/reset` },
    after: [
      'リンク先でメールアドレスを入力すると、設定用のリンクをお送りします。このパスワードを入力した人は、サインインできていません。',
      '同じパスワードを他のサービスでも使っている場合は、そちらも変更してください。',
    ],
  }),
}
