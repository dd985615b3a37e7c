import { Hono } from 'hono'
import { type Answers, createAnswers } from '../http/answer.ts'
import type { Ask } from '../http/ask.ts'
import type { CookieJar } from '../http/cookies.ts'
import { createPageHeaders } from '../http/headers.ts'
import type { PageApp, PageEnv } from '../http/page-env.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Random } from '../lib/random.ts'
import type { RequestHead } from '../lib/request-head.ts'
import type { SessionBook } from '../people/session-book.ts'
import { createAssets } from './assets.ts'
import type { PortalConfig } from './config.ts'
import { createFrame, createPageWriter } from './page-writer.ts'
import { createSignOutTickets, type SignOutRooms } from './provider-sign-out.ts'
import { createRefusalPages, type ShowRefusal } from './refusal-pages.ts'
import { joinRoutes } from './routes/join.ts'
import { sessionRoutes } from './routes/session.ts'
import { createVisits } from './visit.ts'

export interface AppPagesNeeds {
  readonly config: PortalConfig
  readonly ask: Ask
  readonly jar: CookieJar
  readonly sessionBook: SessionBook
  readonly saml: SignOutRooms
  readonly random: Random
  readonly clock: Clock
  readonly onFault: (fault: Fault, head: RequestHead, receipt: string) => void
}

export interface OwnPages {
  readonly app: PageApp
  readonly answers: Answers
}

export interface AppPages extends OwnPages {
  /** The page of a refused request, for people: what the proxy shows on these hosts. */
  readonly refusalPage: ShowRefusal
  readonly contentSecurityPolicy: string
}

/** The gateway's few pages on the application's own hosts, below its prefix. They hold nothing that a script of the application may not know. */
export function createAppPages(needs: AppPagesNeeds): AppPages {
  const { config, ask, jar, sessionBook, random, clock, onFault } = needs
  const prefix = config.ownPrefix
  const assets = createAssets(`${prefix}assets/`, config.accent)
  const visitOf = createVisits({ jar, languages: config.languages })
  const headers = createPageHeaders({
    secure: config.portalOrigin.startsWith('https:'),
    formTargets: [config.portalOrigin],
  })
  const frame = createFrame(config, assets, null)
  const refused = createRefusalPages(visitOf, frame)
  const answers = createAnswers({ headers, onFault, refusalPage: refused })
  const writer = createPageWriter(answers, frame)
  const shared = { visitOf, ask, jar, sessionBook, writer, config }
  const signOut = createSignOutTickets({ ...needs.saml, config, clock })
  const app: PageApp = new Hono<PageEnv>()
  app.route('/', assets.routes)
  app.route('/', joinRoutes({ ...shared, random, clock }))
  app.route('/', sessionRoutes({ ...shared, headers, signOut }))
  app.notFound(c => answers.fault(new Fault('not_found'), c.env.head, c.env.receipt))
  app.onError((cause, c) => answers.fault(cause, c.env.head, c.env.receipt))
  return { app, answers, refusalPage: refused, contentSecurityPolicy: headers.contentSecurityPolicy }
}
