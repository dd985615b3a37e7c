import type { Ask } from '../http/ask.ts'
import type { CookieJar } from '../http/cookies.ts'
import type { PageApp } from '../http/page-env.ts'
import { createTaggedCookies } from '../http/tagged-cookies.ts'
import type { Journal } from '../journal/journal.ts'
import type { AuditStore } from '../journal/receipt.ts'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { Directory } from '../people/directory.ts'
import type { Organizations } from '../people/organization.ts'
import type { SessionBook } from '../people/session-book.ts'
import type { SignIn } from '../people/sign-in.ts'
import type { Assets } from './assets.ts'
import type { PortalConfig } from './config.ts'
import type { Browsers } from './device-cookie.ts'
import type { Door } from './door.ts'
import type { Entry } from './entry.ts'
import type { Journeys } from './journey.ts'
import type { PageWriter } from './page-writer.ts'
import { createProviderSignOut, type ProviderSignOut } from './provider-sign-out.ts'
import { createRefusalRows } from './refusal-rows.ts'
import { samlRoutes } from './routes/saml.ts'
import { samlSloRoutes } from './routes/saml-slo.ts'
import { createDiscovery, type Discovery } from './saml-discovery.ts'
import { createSamlJudge } from './saml-judge.ts'
import { createSamlLogoutJudge } from './saml-logout-judge.ts'
import { createSamlLogoutPages, type SamlLogoutPages } from './saml-logout-pages.ts'
import { createSamlPages, type SamlPages } from './saml-pages.ts'
import { createSamlRequests } from './saml-requests.ts'
import type { SamlRooms } from './saml-rooms.ts'
import { createSamlSignIn } from './saml-sign-in.ts'
import { createSamlStart } from './saml-start.ts'
import type { VisitOf } from './visit.ts'

/** Single sign-on as the rest of the portal sees it: who is led there, the page that leads there, and the routes. */
export interface SamlPart {
  readonly discovery: Discovery
  readonly pages: SamlPages
  readonly signOut: ProviderSignOut
  readonly logoutPages: SamlLogoutPages
  routes(parts: SamlParts): readonly PageApp[]
}

/** What signs in, once the answer of a provider counts. */
export interface SamlParts {
  readonly door: Door
  readonly browsers: Browsers
  readonly entry: Entry
}

export interface SamlPartNeeds {
  readonly saml: SamlRooms
  readonly config: PortalConfig
  readonly ask: Ask
  readonly jar: CookieJar
  readonly visitOf: VisitOf
  readonly writer: PageWriter
  readonly journeys: Journeys
  readonly assets: Assets
  readonly organizations: Pick<Organizations, 'findBySlug'>
  readonly directory: Directory
  readonly sessionBook: SessionBook
  readonly signIn: SignIn
  readonly audit: Pick<AuditStore, 'append'>
  readonly journal: Journal
  readonly random: Random
  readonly clock: Clock
}

export function createSamlPart(needs: SamlPartNeeds): SamlPart {
  const { saml, config, journeys } = needs
  const discovery = createDiscovery({ ...needs, ...saml })
  const pages = createSamlPages(needs)
  const secure = config.portalOrigin.startsWith('https:')
  const requests = createSamlRequests({
    ...{ cookies: createTaggedCookies({ secure, family: 'saml' }), seal: saml.requestSeal, ids: saml.requestIds },
    ...{ journeys, random: needs.random, clock: needs.clock },
  })
  const signOut = createProviderSignOut({ ...needs, ...saml })
  const logoutPages = createSamlLogoutPages(needs)
  const refusalRows = createRefusalRows(needs.clock)
  return {
    discovery,
    pages,
    signOut,
    logoutPages,
    routes: parts => [
      samlRoutes({
        ...needs,
        ...saml,
        ...{ requests, pages, refusalRows, judge: createSamlJudge({ ...needs, ...saml }) },
        starts: createSamlStart({ ...needs, ...saml, ...parts, requests, pages }),
        signIns: createSamlSignIn({ ...needs, ...saml, ...parts }),
      }),
      samlSloRoutes({
        ...needs,
        ...saml,
        ...{ pages, logoutPages, refusalRows, signOut, judge: createSamlLogoutJudge({ ...needs, ...saml }) },
      }),
    ],
  }
}
