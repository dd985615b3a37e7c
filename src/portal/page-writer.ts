import { html } from 'hono/html'
import type { Answers, Refusal } from '../http/answer.ts'
import type { HeaderOptions } from '../http/headers.ts'
import { type Html, layout } from '../http/layout.ts'
import type { Assets } from './assets.ts'
import type { PortalConfig } from './config.ts'
import { refusalContent } from './pages/refusal.ts'
import type { Visit } from './visit.ts'

/** One page, as the routes state it. */
export interface Page {
  readonly title: string
  readonly content: Html
  readonly width?: 'card' | 'console'
  /** Whose page it is; the product's when nothing is said. */
  readonly brand?: string
  readonly navigation?: Html
  readonly status?: number
  readonly cookies?: readonly string[]
  /** The address at which a GET shows this page (again), for the choice of language; else the one that was asked for. */
  readonly here?: string
  /** An address that it goes on to by itself: ours, or that of an identity provider. */
  readonly leadsTo?: string
  readonly headers?: HeaderOptions
}

export interface PageWriter {
  write(visit: Visit, page: Page): Promise<Response>
  json: Answers['json']
  redirect: Answers['redirect']
  lead(visit: Visit, location: string, options?: Parameters<Answers['lead']>[2]): Promise<Response>
  refusal(visit: Visit, verdict: Parameters<Answers['refusal']>[0]): Promise<Response>
}

export type FramePage = (visit: Visit, page: Page) => Html

export function createFrame(config: PortalConfig, assets: Assets, languageAction: string | null): FramePage {
  return (visit, page) =>
    layout({
      language: visit.language,
      title: page.title,
      brand: page.brand ?? config.productName,
      product: config.productName,
      skip: visit.words.common.skip,
      width: page.width ?? 'card',
      styleHref: assets.styleHref,
      scriptSrc: assets.scriptSrc,
      leadsTo: page.leadsTo ?? null,
      navigation: page.navigation ?? null,
      content: page.content,
      footer: footer(visit, config, languageAction, page.here ?? visit.head.target),
    })
}

export function createPageWriter(answers: Answers, frame: FramePage): PageWriter {
  return {
    write: (visit, page) =>
      answers.page(frame(visit, page), {
        status: page.status ?? 200,
        cookies: page.cookies ?? [],
        ...(page.headers === undefined ? {} : { headers: page.headers }),
      }),
    json: (body, options) => answers.json(body, options),
    redirect: (location, options) => answers.redirect(location, options),
    lead: (visit, location, options) => answers.lead(location, visit.head, options),
    refusal: (visit, verdict) => answers.refusal(verdict, visit.head, visit.receipt),
  }
}

export function refusalPage(visit: Visit, refusal: Refusal): Page {
  return { title: visit.words.faultTitle, content: refusalContent(visit.words, refusal, visit.receipt) }
}

const languageNames = { en: 'English', ja: '日本語' } as const

function footer({ words, language }: Visit, config: PortalConfig, action: string | null, here: string): Html {
  const help = config.support === null ? '' : html`<p>${words.common.help(config.support)}</p>`
  if (action === null || config.languages.length < 2) return html`${help}`
  const buttons = config.languages.map(
    each =>
      html`<button class="plain" name="language" value="${each}" lang="${each}"${each === language ? html` aria-current="true"` : ''}>${languageNames[each]}</button>`,
  )
  return html`${help}
<form method="post" action="${action}"><input type="hidden" name="return" value="${here}">
<span class="languages" role="group" aria-label="${words.common.language}">${buttons}</span></form>`
}
