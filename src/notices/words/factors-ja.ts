import type { Notice } from '../notice.ts'
import type { Sender, Words } from '../words.ts'
import type { factorsEn } from './factors-en.ts'
import { moment, text } from './facts.ts'
import { notYou, wayBack } from './way-back-ja.ts'

/** コードと2段階認証のお知らせの日本語の文面。 */
export const factorsJa: typeof factorsEn = {
  sms_code: (notice, sender) => shortMessage(notice, sender),
  phone_check: (notice, sender) => shortMessage(notice, sender),
  backup_codes_made: (notice, sender) => ({
    subject: `【${sender.productName}】バックアップコードが作成されました`,
    lead: `${text(notice, 'name')} 様、新しいバックアップコードが作成されました。ご本人による操作であれば、対応は不要です。`,
    rows: occasion(notice),
    ...wayBack(notice, ['以前のバックアップコードは使えなくなりました。']),
  }),
  backup_code_used: (notice, sender) => ({
    subject: `【${sender.productName}】バックアップコードが使われました`,
    lead: `${text(notice, 'name')} 様、バックアップコードを使ったログインまたは本人確認がありました。ご本人による操作であれば、対応は不要です。`,
    rows: [['残りのコード', `${text(notice, 'left')} 個`], ...occasion(notice)],
    after: [
      Number(text(notice, 'left')) <= 3
        ? '残りが少なくなっています。アカウント画面で新しいコードを作成してください。'
        : 'コードは一度ずつ使えます。アカウント画面で新しく作成することもできます。',
      notYou,
    ],
  }),
  second_factor_failed_inside: (notice, sender) => ({
    subject: `【${sender.productName}】ログイン中の画面で2段階認証に失敗しました`,
    lead: `${text(notice, 'name')} 様、ログイン中の画面で本人確認が求められ、2段階認証に失敗しました。`,
    rows: occasion(notice),
    after: [
      'ご本人であれば、対応は不要です。お心当たりがない場合は、セッションが第三者に使われている可能性があります。ログインしてアカウント画面で不明なセッションを終了し、パスワードを変更してください。',
    ],
  }),
}

function shortMessage(notice: Notice, sender: Sender): Words {
  const lead = `${sender.productName} の確認コードは ${text(notice, 'code')} です（10 分間有効）。誰にも教えないでください。`
  return { subject: '', lead, rows: [], after: [] }
}

function occasion(notice: Notice): Words['rows'] {
  return [
    ['日時', moment(notice, 'at')],
    ['端末', text(notice, 'device')],
    ['アドレス', text(notice, 'address')],
  ]
}
