import type { signInCodeEn } from './sign-in-code-en.ts'

/** The words around signing in by a mailed code in Japanese. */
export const signInCodeJa: typeof signInCodeEn = {
  signInCode: {
    ask: '代わりにメールでコードを受け取る',
    title: 'メールをご確認ください',
    lead: email =>
      `${email} がメールのコードでログインできる場合は、まもなく届きます。6 桁で、このブラウザーでのみ、5 分以内に一度だけ使えます。`,
    label: 'メールに書かれたコード',
    submit: 'ログイン',
    malformed: 'コードは 6 桁の数字です。',
    wrong:
      'コードを確認できませんでした。いちばん新しいコードを入力してください。5 分以上経った場合や、間違いが続いた場合は、新しいコードを受け取ってください。',
    again: '新しいコードを送る',
    withPassword: 'パスワードを使う',
    nothing:
      '数分待っても届かない場合は、迷惑メールのフォルダーをご確認ください。メールのコードを使えない組織もあります。パスワードはいつもどおり使えます。',
  },
}
