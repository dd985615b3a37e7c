import { type Html, html } from '../chat/html.ts'
import type { Language } from '../chat/language.ts'
import type { Login } from './messages.ts'

interface Question {
  readonly requestId: string
  readonly relayState: string
  /** Somebody has chosen before, and the gateway wants them to be asked again (ForceAuthn). */
  readonly known: boolean
}

/** Asks who is there: one button for each person. */
export function drawChoice(
  language: Language,
  people: readonly { readonly email: string; readonly name: string }[],
  { requestId, relayState, known }: Question,
): string {
  const words = wordsOf(language)
  return draw(
    language,
    words.choose,
    html`<p>${known ? words.again : words.lead}</p>
<form method="post" action="/choose">
<input type="hidden" name="request" value="${requestId}">
<input type="hidden" name="relayState" value="${relayState}">
${people.map(
  ({
    email,
    name,
  }) => html`<button name="person" value="${email}"><strong>${name}</strong><span>${email}</span></button>
`,
)}</form>`,
  )
}

/** Carries a message to the gateway. */
export function drawPosting(
  language: Language,
  { location, message, relayState }: { location: string; message: string; relayState: string },
): string {
  const words = wordsOf(language)
  return draw(
    language,
    words.going,
    html`<form method="post" action="${location}" id="carry">
<input type="hidden" name="SAMLResponse" value="${message}">
<input type="hidden" name="RelayState" value="${relayState}">
<button><strong>${words.goOn}</strong></button>
</form>
<script src="/post.js" defer></script>`,
  )
}

export function drawHome(language: Language, login: Login | null): string {
  const words = wordsOf(language)
  if (login === null) return draw(language, words.nobody, html`<p>${words.nobodyLead}</p>`)
  return draw(
    language,
    words.signedIn(login.name),
    html`<p>${login.email}</p>
<form method="post" action="/sign-out"><button><strong>${words.signOut}</strong></button></form>`,
  )
}

export function drawGoodbye(language: Language): string {
  const words = wordsOf(language)
  return draw(language, words.signedOut, html`<p>${words.signedOutLead}</p>`)
}

function draw(language: Language, title: string, content: Html): string {
  const { product, warning } = wordsOf(language)
  const page = html`<html lang="${language}">
<head>
<meta charset="utf-8">
<title>${title} · ${product}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header><p>${product}</p></header>
<main>
<h1>${title}</h1>
${content}
</main>
<footer><p>${warning}</p></footer>
</body>
</html>`
  return `<!doctype html>\n${page.text}\n`
}

function wordsOf(language: Language): typeof english {
  return language === 'ja' ? japanese : english
}

const english = {
  product: 'Development identity provider',
  warning: 'For trying single sign-on on this machine. It asks for no password and believes everybody.',
  choose: 'Choose who you are',
  lead: 'A real provider would ask for your password here.',
  again: 'You are signed in already. The gateway wants to be sure that it is still you.',
  going: 'Signing in',
  goOn: 'Continue',
  nobody: 'Nobody is signed in',
  nobodyLead: 'Sign in from the application; it leads here when it needs to.',
  signedIn: (name: string) => `Signed in as ${name}`,
  signOut: 'Sign out everywhere',
  signedOut: 'You are signed out everywhere',
  signedOutLead: 'The gateway has ended your sessions, too.',
}

const japanese: typeof english = {
  product: '開発用IDプロバイダー',
  warning: 'このコンピューターでシングルサインオンを試すためのものです。パスワードを確認せず、だれでも通します。',
  choose: 'どなたですか',
  lead: '実際のIDプロバイダーでは、ここでパスワードを入力します。',
  again: 'すでにサインインしていますが、ご本人かどうかの再確認を求められています。',
  going: 'サインインしています',
  goOn: '続ける',
  nobody: 'だれもサインインしていません',
  nobodyLead: 'アプリケーションからサインインしてください。必要なときにここへ移動します。',
  signedIn: name => `${name}さんとしてサインインしています`,
  signOut: 'すべてのサービスからサインアウト',
  signedOut: 'すべてのサービスからサインアウトしました',
  signedOutLead: 'ゲートウェイのセッションも終了しました。',
}
