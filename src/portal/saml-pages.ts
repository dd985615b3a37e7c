import type { Organization } from '../people/organization.ts'
import { samlAddresses } from '../sso/addresses.ts'
import type { OutgoingMessage } from '../sso/outgoing-signature.ts'
import type { Assets } from './assets.ts'
import type { Journey, Journeys } from './journey.ts'
import type { Page, PageWriter } from './page-writer.ts'
import { broughtContent, continueContent, noContextContent, postContent, samlRefusedContent } from './pages/saml.ts'
import { type Tested, testedContent } from './pages/saml-test.ts'
import { broughtField, type PostedAnswer } from './saml-form.ts'
import type { Visit } from './visit.ts'

/** The pages of single sign-on. */
export interface SamlPages {
  /** Leads to the start of the organization's single sign-on by itself, and shows the other way. */
  proceed(visit: Visit, journey: Journey, organization: Pick<Organization, 'slug' | 'name'>): Promise<Response>
  /** Sends the browser to the provider with our message. */
  send(visit: Visit, message: OutgoingMessage, cookies: readonly string[]): Promise<Response>
  /** Has the browser post the provider's answer once more, from here. */
  bring(visit: Visit, slug: string, answer: PostedAnswer): Promise<Response>
  /** Whatever the cause: the same page, of the same length, with the same fields. */
  refused(visit: Visit): Promise<Response>
  noContext(visit: Visit): Promise<Response>
  tested(visit: Visit, tested: Tested, cookies: readonly string[]): Promise<Response>
}

export function samlRefusedPage({ words, receipt }: Visit): Page {
  return {
    title: words.sso.refusedTitle,
    content: samlRefusedContent(words, receipt),
    status: 403,
    here: '/sign-in',
  }
}

export interface SamlPagesNeeds {
  readonly writer: PageWriter
  readonly journeys: Journeys
  readonly assets: Pick<Assets, 'postScript'>
}

export function createSamlPages({ writer, journeys, assets }: SamlPagesNeeds): SamlPages {
  return {
    proceed(visit, journey, { slug, name }) {
      const { words } = visit
      const start = `${samlAddresses('', slug).start}${journeys.query(journey)}`
      const otherWay = `/sign-in${journeys.query({ ...journey, organization: slug }, { way: 'password' })}`
      const content = continueContent(words, {
        organization: name,
        destination: journeys.destination(journey),
        start,
        otherWay,
      })
      const here = `/org/${slug}${journeys.query(journey)}`
      return writer.write(visit, { title: words.sso.continueTitle, brand: name, content, leadsTo: start, here })
    },
    async send(visit, message, cookies) {
      // The address holds our request; the provider's page has no business with where it began.
      if (message.kind === 'redirect') return writer.redirect(message.url, { cookies, referrer: 'none' })
      const { words } = visit
      return writer.write(visit, {
        title: words.sso.continueTitle,
        content: postContent(words, message, assets.postScript),
        cookies,
        headers: { formTarget: new URL(message.location).origin },
      })
    },
    bring(visit, slug, { message, relayState }) {
      const told = relayState === null ? {} : { RelayState: relayState }
      const fields = { SAMLResponse: message, ...told, [broughtField]: '1' }
      const content = broughtContent(visit.words, samlAddresses('', slug).acs, fields, assets.postScript)
      return writer.write(visit, { title: visit.words.sso.broughtTitle, content })
    },
    refused: visit => writer.write(visit, samlRefusedPage(visit)),
    noContext: visit =>
      writer.write(visit, {
        title: visit.words.sso.noContextTitle,
        content: noContextContent(visit.words, visit.receipt),
        status: 403,
        here: '/',
      }),
    tested: (visit, tested, cookies) =>
      writer.write(visit, {
        title: visit.words.sso.test.title,
        content: testedContent(visit.words, tested, visit.language, visit.receipt),
        cookies,
        here: '/',
      }),
  }
}
