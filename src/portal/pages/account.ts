import { html } from 'hono/html'
import type { Html } from '../../http/layout.ts'
import type { Language } from '../../notices/notice.ts'
import type { Words } from '../words/en.ts'
import { emailPanel } from './account-email.ts'
import { factorsPanel } from './account-factors.ts'
import { devicesPanel, sessionsPanel } from './account-lists.ts'
import type { AccountPage } from './account-page.ts'
import { signInsPanel } from './account-sign-ins.ts'
import { buttonForm, moment, note } from './parts.ts'

export function accountContent(words: Words, page: AccountPage): Html {
  const { account, organization } = page
  return html`<h1>${words.account.title}</h1>
<p>${words.account.lead(account.email, organization?.name ?? null)}</p>
${note(page.said)}
<p class="soft">${words.account.proofNote}</p>
${sessionsPanel(words, page)}
${signInsPanel(words, page)}
${emailPanel(words, page)}
${passwordPanel(words, page)}
${organization?.usesSso === true ? '' : factorsPanel(words, page)}
${devicesPanel(words, page)}
${consolePanel(words, page)}
${languagePanel(words, page)}`
}

function passwordPanel(words: Words, { account, organization, language }: AccountPage): Html {
  const text = words.account
  const content =
    organization?.usesSso === true
      ? html`<p>${text.passwordSso}</p>`
      : html`${
          account.password === null
            ? ''
            : html`<p>${text.passwordChangedAt}: ${moment(account.password.changedAt, language)}</p>`
        }<p><a class="button quiet" href="/account/password">${text.changePassword}</a></p>`
  return html`<section class="panel" aria-labelledby="password-title"><h2 id="password-title">${text.password}</h2>${content}</section>`
}

/** The way to what somebody may do for others. Whether they may, the page that it leads to asks. */
function consolePanel({ handOver: text }: Words, { account, organization }: AccountPage): Html {
  const helps = account.roles.includes('administrator') || account.roles.includes('user_administrator')
  if (organization === null || !helps) return html``
  return html`<section class="panel" aria-labelledby="console-title"><h2 id="console-title">${text.console}</h2>
<p>${text.consoleLead}</p><p><a class="button quiet" href="/admin/hand-over">${text.consoleLink}</a></p>
${account.roles.includes('administrator') ? html`<p><a class="button quiet" href="/admin/sso">${text.consoleSso}</a></p>` : ''}</section>`
}

const languageNames: Record<Language, string> = { en: 'English', ja: '日本語' }

function languagePanel(words: Words, { language, languages }: AccountPage): Html {
  if (languages.length < 2) return html``
  const buttons = languages.map(
    each =>
      html`<button class="quiet small" name="language" value="${each}" lang="${each}"${each === language ? html` aria-current="true"` : ''}>${languageNames[each]}</button>`,
  )
  return html`<section class="panel" aria-labelledby="language-title"><h2 id="language-title">${words.account.language}</h2>
<p>${words.account.languageLead}</p>
<form method="post" action="/account/language" class="row">${buttons}</form></section>`
}

export function accountNavigation(words: Words): Html {
  return html`<nav aria-label="${words.common.account}"><a href="/account">${words.common.account}</a>${buttonForm(
    '/sign-out',
    words.common.signOut,
    { kind: 'quiet small' },
  )}</nav>`
}
