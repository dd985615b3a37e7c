import type { Notice, NoticeKind } from '../notice.ts'
import type { Sender, Words } from '../words.ts'
import { breakGlassJa } from './break-glass-ja.ts'
import { campaignJa } from './campaign-ja.ts'
import { factorsJa } from './factors-ja.ts'
import { moment, text } from './facts.ts'
import { handOverJa } from './hand-over-ja.ts'
import { holdsJa } from './holds-ja.ts'
import { leaksJa } from './leaks-ja.ts'
import { passkeysJa } from './passkeys-ja.ts'
import { protectionJa } from './protection-ja.ts'
import { providersJa } from './providers-ja.ts'
import { notYou, wayBack } from './way-back-ja.ts'

/** すべての通知の日本語の文面。 */
export function ja(notice: Notice, sender: Sender): Words {
  return writers[notice.kind](notice, sender)
}

const writers: Record<NoticeKind, (notice: Notice, sender: Sender) => Words> = {
  ...factorsJa,
  ...protectionJa,
  ...leaksJa,
  ...providersJa,
  reset_ticket: (notice, sender) => ({
    subject: `【${sender.productName}】パスワードの再設定`,
    lead: `${text(notice, 'name')} 様、パスワードの再設定の申し込みを受け付けました。リンクを開いてお進みください。`,
    rows: [
      ['申し込み元', `${text(notice, 'device')}、${text(notice, 'address')}`],
      ['有効期限', moment(notice, 'expiresAt')],
    ],
    button: { label: '新しいパスワードを設定する', url: text(notice, 'ticketUrl') },
    after: [
      'このリンクは一度だけ使えます。お心当たりがない場合は、何もする必要はありません。パスワードは変わりません。',
    ],
  }),
  reset_required: (notice, sender) => ({
    subject: `【${sender.productName}】パスワードの再設定をお願いします`,
    lead: `${text(notice, 'name')} 様、引き続きご利用いただくには、新しいパスワードの設定が必要です。`,
    rows: [
      ['理由', text(notice, 'reason')],
      ['リンクの有効期限', moment(notice, 'expiresAt')],
    ],
    button: { label: '新しいパスワードを設定する', url: text(notice, 'ticketUrl') },
    after: [
      'これまでのパスワードではログインできず、再設定もできません。リンクは一度だけ使えます。期限が切れた場合は、ログイン画面から再送できます。',
      '同じパスワードをほかのサービスでもお使いの場合は、そちらも変更してください。',
    ],
  }),
  password_changed: (notice, sender) => ({
    subject: `【${sender.productName}】パスワードが変更されました`,
    lead: `${text(notice, 'name')} 様、パスワードが変更されました。ご本人による変更であれば、対応は不要です。`,
    rows: [...occasion(notice), ['方法', inWords(notice, 'how')]],
    ...wayBack(notice, ['ほかの端末からはすべてログアウトしました。']),
  }),
  factor_added: (notice, sender) => ({
    subject: `【${sender.productName}】2段階認証が追加されました`,
    lead: `${text(notice, 'name')} 様、2段階認証が追加されました。ご本人による操作であれば、対応は不要です。`,
    rows: [['2段階認証', inWords(notice, 'factor')], ...occasion(notice)],
    ...wayBack(notice),
  }),
  factor_removed: (notice, sender) => ({
    subject: `【${sender.productName}】2段階認証が解除されました`,
    lead: `${text(notice, 'name')} 様、2段階認証が解除されました。ご存じの操作であれば、対応は不要です。`,
    rows: [['2段階認証', inWords(notice, 'factor')], ['操作した人', inWords(notice, 'by')], ...occasion(notice)],
    ...wayBack(notice),
  }),
  second_factor_failed: (notice, sender) => ({
    subject: `【${sender.productName}】正しいパスワードが入力されましたが、2段階認証に失敗しました`,
    lead: `${text(notice, 'name')} 様、正しいパスワードが入力された後、2段階認証に失敗しました。ご本人でない場合は、すぐにパスワードを変更してください。`,
    rows: occasion(notice),
    after: [
      'ご本人であれば、対応は不要です。お心当たりがない場合は、パスワードを知られています。すぐに変更してください。',
    ],
  }),
  email_code: (notice, sender) => ({
    subject: `【${sender.productName}】確認コード ${text(notice, 'code')}`,
    lead: `${text(notice, 'name')} 様、確認コードは ${text(notice, 'code')} です。`,
    rows: [
      ['有効期限', moment(notice, 'expiresAt')],
      ['申し込み元', `${text(notice, 'device')}、${text(notice, 'address')}`],
    ],
    after: ['ログイン中の画面にだけ入力してください。こちらからコードをお尋ねすることはありません。', notYou],
  }),
  ...handOverJa,
  ...holdsJa,
  ...passkeysJa,
  ...breakGlassJa,
  ...campaignJa,
  invitation: (notice, sender) => ({
    subject: `【${sender.productName}】ご利用の案内`,
    lead: `${text(notice, 'name')} 様、${text(notice, 'organization')} があなたのアカウントを用意しました。`,
    rows: [['リンクの有効期限', moment(notice, 'expiresAt')]],
    button: { label: 'パスワードを設定する', url: text(notice, 'ticketUrl') },
    after: ['このリンクは一度だけ使えます。お心当たりがない場合は、何もする必要はありません。'],
  }),
  account_suspended: (notice, sender) => ({
    subject: `【${sender.productName}】アカウントが停止されました`,
    lead: `${text(notice, 'name')} 様、${moment(notice, 'at')} にアカウントが停止されました。ご自身での対応は不要です。`,
    rows: [],
    after: ['お心当たりがない場合は、組織の管理者にお問い合わせください。'],
  }),
  device_request: (notice, sender) => ({
    subject: `【${sender.productName}】${text(notice, 'person')} さんが新しい端末の承認を待っています`,
    lead: `${text(notice, 'name')} 様、端末の承認待ちがあります。`,
    rows: [
      ['利用者', text(notice, 'person')],
      ['端末', text(notice, 'device')],
      ['アドレス', text(notice, 'address')],
      ['日時', moment(notice, 'at')],
      ['参照番号', text(notice, 'reference')],
    ],
    after: ['ご本人の端末であることを確認してから承認してください。'],
  }),
}

function occasion(notice: Notice): Words['rows'] {
  return [
    ['日時', moment(notice, 'at')],
    ['端末', text(notice, 'device')],
    ['アドレス', text(notice, 'address')],
  ]
}

/** 内部の語を、人の言葉に置き換えます。 */
function inWords(notice: Notice, name: string): string {
  const terms: Readonly<Record<string, string>> = {
    reset: 'メールのリンク',
    hand_over: '引き継ぎコード',
    account: 'アカウント画面',
    owner: 'ご本人',
    administrator: '管理者',
    password: 'パスワード',
    totp: '認証アプリ',
    backup_code: 'バックアップコード',
    sms_code: 'SMS',
    spare_phone: '予備の電話',
    email_code: 'メールのコード',
    passkey: 'パスキー',
    saml: 'シングルサインオン',
  }
  return text(notice, name)
    .split(' + ')
    .map(term => terms[term] ?? term)
    .join(' + ')
}
