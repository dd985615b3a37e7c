import type { ssoLogoutEn } from './sso-logout-en.ts'

/** シングルログアウトの画面。 */
export const ssoLogoutJa: typeof ssoLogoutEn = {
  ssoLogout: {
    leavingTitle: 'ここからログアウトしました',
    leavingLead: '続いて、組織の認証基盤からもログアウトします。',
    proceed: '進む',
    hereOnly: 'ここからログアウトしました。組織の認証基盤からもログアウトしたことは確認できていません。',
    refusedTitle: 'シングルログアウトを完了できませんでした',
    refusedLead:
      '組織の認証基盤からの通知を受け付けられませんでした。ここでのセッションは終了していません。ログインしていた場合は、そのままです。',
    refusedWayOut: 'ご自身でここからログアウトできます。何度も起きる場合は、受付番号を管理者にお伝えください。',
    signOut: 'ここからログアウト',
  },
}
