import type { OutgoingMessage } from '../sso/outgoing-signature.ts'
import type { Assets } from './assets.ts'
import type { Page, PageWriter } from './page-writer.ts'
import { leavingContent, logoutRefusedContent } from './pages/saml-logout.ts'
import type { Visit } from './visit.ts'

/** The pages of single logout. */
export interface SamlLogoutPages {
  /** Leads to the provider with our request, after the session here has ended. */
  leave(visit: Visit, message: OutgoingMessage, cookies: readonly string[]): Promise<Response>
  /** Whatever the cause: the same page. */
  refused(visit: Visit): Promise<Response>
}

export function createSamlLogoutPages({
  writer,
  assets,
}: {
  writer: PageWriter
  assets: Pick<Assets, 'postScript'>
}): SamlLogoutPages {
  return {
    leave(visit, message, cookies) {
      // 200, not a redirect: Chromium holds form-action against where an answer to a form leads.
      const page: Page = {
        title: visit.words.ssoLogout.leavingTitle,
        content: leavingContent(visit.words, message, assets.postScript),
        cookies,
        here: '/sign-in',
      }
      return message.kind === 'redirect'
        ? writer.write(visit, { ...page, leadsTo: message.url, headers: { referrer: 'none' } })
        : writer.write(visit, { ...page, headers: { formTarget: new URL(message.location).origin } })
    },
    refused: visit => writer.write(visit, logoutRefusedPage(visit)),
  }
}

export function logoutRefusedPage({ words, receipt }: Visit): Page {
  return {
    title: words.ssoLogout.refusedTitle,
    content: logoutRefusedContent(words, receipt),
    status: 403,
    here: '/sign-in',
  }
}
