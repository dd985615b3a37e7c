import type { ssoEn } from './sso-en.ts'

/** シングルサインオンの画面。 */
export const ssoJa: typeof ssoEn = {
  sso: {
    continueTitle: 'シングルサインオンに進む',
    continueLead: organization => `${organization} では、組織の認証基盤からログインします。その画面に移動します。`,
    proceed: '進む',
    otherWay: '別の方法（緊急用アクセス）',
    passwordWay:
      '緊急用アクセスを持つ方のための方法です。組織がシングルサインオンを使っている場合、ここではパスワードを使えません。',
    postLead: '組織の認証基盤に移動します。',
    broughtTitle: 'ログインしています',
    broughtLead: '組織の認証基盤からの応答を受け取りました。',
    refusedTitle: 'シングルサインオンを完了できませんでした',
    refusedLead: '組織の認証基盤からの応答を受け付けられませんでした。ログインは行われていません。',
    refusedCauses: [
      '10 分以上かかったか、別のブラウザで始めた。',
      '前の画面に戻ったなどで、一度使われた応答が送られた。',
      '組織での利用設定がまだか、設定が変更された。',
    ],
    refusedWayOut: 'もう一度お試しください。それでもできない場合は、受付番号を管理者にお伝えください。',
    again: 'もう一度始める',
    noContextTitle: 'この画面はシングルサインオンでは開けません',
    noContextLead:
      '2段階認証が必要ですが、組織の認証基盤のどのログインがそれに当たるかが決められていません。管理者が設定できます。',
    startPage: '最初の画面へ',
    test: {
      title: 'テストログイン',
      accepted: '認証基盤の応答は受け付けられました。',
      refused: '認証基盤の応答は受け付けられませんでした。',
      unchanged: '何も変更されず、ログインも行われていません。',
      cause: '理由',
      detail: '詳細',
      remedy: '対処',
      email: 'メールアドレス',
      name: '名前',
      account: 'アカウント',
      accountIs: {
        existing: 'あります。この方はログインできます。',
        created: 'ありません。新しく作成されます。',
        opened: '招待中です。利用できるようになります。',
        no_account: 'ありません。作成もされないため、ログインできません。',
        other_organization: 'この組織に属していないため、ログインできません。',
      },
      roles: '役割',
      context: 'ログインの種類（AuthnContext）',
      authenticated: '認証基盤でのログイン日時',
      until: 'セッションの最終期限',
      attributes: '属性',
      none: '記載なし',
      byLimits: 'ここでの設定による',
      back: '最初の画面に戻る',
    },
  },
}
