import type { Notice, NoticeKind } from '../notice.ts'
import type { Sender, Words } from '../words.ts'
import { moment, text } from './facts.ts'

/** ログイン、身に覚えのないログインの報告、メールアドレスの変更についての日本語の文面。 */
export const protectionJa = {
  new_device: (notice, sender) => ({
    subject: `【${sender.productName}】新しい端末からのログイン（${text(notice, 'device')}）`,
    lead: `${text(notice, 'name')} 様、これまで使われていない端末からログインがありました。ご本人であれば、対応は不要です。`,
    ...signIn(notice),
  }),
  sign_in_noticed: (notice, sender) => ({
    subject: `【${sender.productName}】${subjects[text(notice, 'reason')]?.(notice) ?? `ログインのお知らせ（${text(notice, 'device')}）`}`,
    lead: `${text(notice, 'name')} 様、ログインがありました。ご本人であれば、対応は不要です。`,
    ...signIn(notice, [['お知らせの理由', reasonWords[text(notice, 'reason')] ?? text(notice, 'reason')]]),
  }),
  intrusion_reported: (notice, sender) => ({
    subject: `【${sender.productName}】報告を受け付けました。新しいパスワードを設定してください`,
    lead: `${text(notice, 'name')} 様、報告されたログインを遮断しました。すぐに新しいパスワードを設定してください。`,
    rows: [
      ...occasion(notice, text(notice, 'place')),
      ['元に戻したもの', undone(notice)],
      ['リンクの有効期限', moment(notice, 'expiresAt')],
    ],
    button: { label: '新しいパスワードを設定する', url: text(notice, 'ticketUrl') },
    after: [
      'これまでのパスワードではログインできません。リンクは一度だけ使えます。期限が切れた場合は、ログイン画面から再送できます。',
      'そのログイン以降に追加された2段階認証は、ご本人のものと確認されるまで使えません。同じパスワードをほかのサービスでもお使いの場合は、そちらも変更してください。',
    ],
  }),
  intrusion_reported_sso: (notice, sender) => ({
    subject: `【${sender.productName}】報告を受け付け、ログインを遮断しました`,
    lead: `${text(notice, 'name')} 様、すべての端末からログアウトしました。組織のシングルサインオンの担当者に連絡してください。`,
    rows: [...occasion(notice, text(notice, 'place')), ['元に戻したもの', undone(notice)]],
    after: ['組織のシングルサインオンをお使いのため、パスワードと2段階認証はそちらで変更します。'],
  }),
  intrusion_reported_admin: (notice, sender) => ({
    subject: `【${sender.productName}】${text(notice, 'person')} さんが身に覚えのないログインを報告しました`,
    lead: `${text(notice, 'name')} 様、該当のログインは遮断し、アカウントを保護しました。ご本人の状況を確認してください。`,
    rows: [
      ['利用者', text(notice, 'person')],
      ['報告の内容', howWords[text(notice, 'how')] ?? text(notice, 'how')],
      ...occasion(notice, text(notice, 'place')),
      ['元に戻したもの', undone(notice)],
    ],
    after: ['ほかのアカウントも影響を受けている可能性があります。同じアドレスや端末からのログインを確認してください。'],
  }),
  email_change_code: (notice, sender) => ({
    subject: `【${sender.productName}】メールアドレスの確認コード ${text(notice, 'code')}`,
    lead: `${text(notice, 'name')} 様、確認コードは ${text(notice, 'code')} です。`,
    rows: [
      ['有効期限', moment(notice, 'expiresAt')],
      ['申し込み元', `${text(notice, 'device')}、${text(notice, 'address')}`],
    ],
    after: [
      'アカウントのメールアドレスを変更している画面にだけ入力してください。',
      'お心当たりがない場合は、何もする必要はありません。コードがなければ、何も変わりません。',
    ],
  }),
  email_change_taken: (notice, sender) => ({
    subject: `【${sender.productName}】あなたのメールアドレスが入力されました`,
    lead: `${text(notice, 'name')} 様、対応は不要です。アカウントはそのままです。`,
    rows: occasion(notice),
    after: [
      'だれかが、あなたのメールアドレスを別のアカウントで使おうとしました。使うことはできず、アカウントの有無も伝えていません。',
    ],
  }),
  email_changed: (notice, sender) => ({
    subject: `【${sender.productName}】メールアドレスが変更されました`,
    lead: `${text(notice, 'name')} 様、ご本人による変更であれば、対応は不要です。そうでない場合は、すぐに元に戻してください。`,
    rows: [
      ['新しいアドレス', text(notice, 'next')],
      ...occasion(notice),
      ['元に戻せる期限', moment(notice, 'expiresAt')],
    ],
    button: { label: 'メールアドレスを元に戻す', url: text(notice, 'undoUrl') },
    after: [
      '期限までは、パスワード再設定のリンクは変更前のアドレスに届きます。リンクを開いただけでは何も変わりません。何が行われるかを確認してから、お決めいただけます。',
    ],
  }),
  email_changed_here: (notice, sender) => ({
    subject: `【${sender.productName}】このアドレスが登録されました`,
    lead: `${text(notice, 'name')} 様、対応は不要です。`,
    rows: [['新しいアドレス', text(notice, 'next')], ...occasion(notice)],
    after: ['変更前のアドレスにもお知らせしました。7日間は、そちらから元に戻すことができます。'],
  }),
  email_change_undone: (notice, sender) => ({
    subject: `【${sender.productName}】メールアドレスを元に戻しました。新しいパスワードを設定してください`,
    lead: `${text(notice, 'name')} 様、すべての端末からログアウトしました。すぐに新しいパスワードを設定してください。`,
    rows: [
      ['日時', moment(notice, 'at')],
      ['元に戻したもの', undone(notice)],
      ['リンクの有効期限', moment(notice, 'expiresAt')],
    ],
    button: { label: '新しいパスワードを設定する', url: text(notice, 'ticketUrl') },
    after: [
      'これまでのパスワードではログインできません。変更以降に追加された2段階認証は、ご本人のものと確認されるまで使えません。',
    ],
  }),
} satisfies Partial<Record<NoticeKind, (notice: Notice, sender: Sender) => Words>>

const subjects: Readonly<Record<string, (notice: Notice) => string>> = {
  new_country: notice => `別の国からのログイン（${text(notice, 'place')}）`,
  new_city: notice => `別の場所からのログイン（${text(notice, 'place')}）`,
  new_network: notice => `別のネットワークからのログイン（${text(notice, 'device')}）`,
}

const reasonWords: Readonly<Record<string, string>> = {
  new_country: '別の国からのログイン',
  new_city: '別の場所からのログイン',
  new_network: '別のネットワークからのログイン',
  every: 'すべてのログインをお知らせする設定',
}

const howWords: Readonly<Record<string, string>> = {
  not_me: '身に覚えのないログイン',
  email_undo: '身に覚えのないメールアドレスの変更',
}

function signIn(notice: Notice, more: Words['rows'] = []): Pick<Words, 'rows' | 'button' | 'after'> {
  const url = text(notice, 'notMeUrl')
  return {
    rows: [...occasion(notice, text(notice, 'place')), ['ログイン方法', methodOf(notice)], ...more],
    ...(url === '' ? {} : { button: { label: '身に覚えがありません', url } }),
    after: [
      ...(url === ''
        ? []
        : [
            `お心当たりがない場合は、リンクを開いてください。何が行われるかを確認してから、お決めいただけます。そのログインを終了し、変更されたものを元に戻します。${moment(notice, 'expiresAt')} まで、ログインしていなくても使えます。`,
          ]),
      adviceFor(text(notice, 'method')),
    ],
  }
}

/** 何が知られたかによって、すべきことが違います。 */
function adviceFor(method: string): string {
  const [first = '', second] = method.split(' + ')
  switch (first) {
    case 'saml':
      return '組織のシングルサインオンでのログインです。お心当たりがない場合は、その担当者にも連絡してください。パスワードと2段階認証はそちらで変更します。'
    case 'passkey':
      return 'パスキーが使われました。お心当たりがない場合は、端末、またはパスキーを保管しているアカウントが他人の手にあります。アカウント画面でそのパスキーを削除してください。'
    case 'email_code':
      return 'メールのコードが使われました。お心当たりがない場合は、メールを他人に読まれています。先にメールのパスワードを変更してください。'
    default:
      return second === undefined
        ? 'パスワードが使われました。お心当たりがない場合は、パスワードを知られています。変更して、アカウント画面で2段階認証を設定してください。'
        : 'パスワードと2段階認証が使われました。お心当たりがない場合は、パスワードを変更し、アカウント画面で2段階認証を確認してください。'
  }
}

function occasion(notice: Notice, place = ''): Words['rows'] {
  return [
    ['日時', moment(notice, 'at')],
    ['端末', text(notice, 'device')],
    ...(place === '' ? [] : ([['場所', `${place}（アドレスから推定）`]] as const)),
    ['アドレス', text(notice, 'address')],
  ]
}

const methods: Readonly<Record<string, string>> = {
  password: 'パスワード',
  totp: '認証アプリ',
  backup_code: 'バックアップコード',
  sms_code: 'SMS',
  email_code: 'メールのコード',
  passkey: 'パスキー',
  saml: 'シングルサインオン',
}

function methodOf(notice: Notice): string {
  return text(notice, 'method')
    .split(' + ')
    .map(term => methods[term] ?? term)
    .join(' + ')
}

const undoneWords: Readonly<Record<string, string>> = {
  factor_added: '追加された2段階認証を削除しました',
  factor_removed: '解除された2段階認証を元に戻しました',
  factor_restored: '2段階認証を再び無効にしました',
  email_changed: 'メールアドレスを元に戻しました',
  email_not_free: 'メールアドレスは別のアカウントで使われているため、元に戻せませんでした',
  device_renamed: '端末の名前を元に戻しました',
  device_forgotten: '削除された端末を元に戻しました',
  language_changed: '言語を元に戻しました',
}

function undone(notice: Notice): string {
  const kinds = text(notice, 'undone')
  if (kinds === '') return '変更されたものはありませんでした'
  return kinds
    .split(' + ')
    .map(kind => undoneWords[kind] ?? kind)
    .join('、')
}
