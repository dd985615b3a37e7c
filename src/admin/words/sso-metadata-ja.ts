import type { ssoMetadataEn } from './sso-metadata-en.ts'

/** 確認待ちのメタデータについての日本語。 */
export const ssoMetadataJa: typeof ssoMetadataEn = {
  title: '確認待ちのメタデータ',
  lead: 'ID プロバイダーが、現在使われているものとは異なるメタデータを公開しています。決定するまで、両方の証明書による署名が受け入れられます。',
  read: '取得日時',
  digest: 'ダイジェスト',
  heads: ['項目', '現在', '変更後'],
  what: {
    certificate: '証明書',
    'sign-on address': 'ログインのアドレス',
    'logout address': 'ログアウトのアドレス',
    'signed requests': '要求への署名',
    'end of the document': '文書の期限',
  },
  nothing: 'なし',
  promoteLead:
    'ID プロバイダーの管理者に内容を確かめてから、こちらだけを有効にしてください。現在のものは受け入れられなくなります。',
  promote: '有効にする',
  notPromoted:
    'ID プロバイダーからログインした状態では有効にできません。確認待ちの証明書でログインした可能性があるためです。緊急用アカウントを使うか、運用者に依頼してください（sekisho sso promote）。',
  dropLead:
    '心当たりがなければ破棄してください。破棄によって使えなくなる証明書がある場合、ID プロバイダーからログインした人は全員ログインし直します。',
  drop: '破棄する',
  said: { promoted: '有効にしました。', dropped: '破棄しました。今後は受け入れられません。' },
  problemTitle: '変更されていません',
  problems: {
    nothing_staged: '確認待ちのメタデータはありません。',
    overtaken: '確認待ちの内容が、表示されていたものから変わりました。もう一度確かめてください。',
    not_allowed: 'この操作はできません。',
  },
}
