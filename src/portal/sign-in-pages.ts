import { html } from 'hono/html'
import type { Html } from '../http/layout.ts'
import type { Organizations } from '../people/organization.ts'
import type { Journey, Journeys } from './journey.ts'
import type { Page, PageWriter } from './page-writer.ts'
import { passkeyRefusedContent } from './pages/passkeys.ts'
import { emailContent, passwordContent, type SignInPage, wrongContent } from './pages/sign-in.ts'
import { signInCodeContent } from './pages/sign-in-code.ts'
import type { PasskeyWays } from './passkey-ways.ts'
import type { Visit } from './visit.ts'

/** The pages before anything is proved. */
export interface SignInPages {
  email(visit: Visit, journey: Journey, shown: EmailShown): Promise<Response>
  password(visit: Visit, journey: Journey, email: string, error?: string): Promise<Response>
  /** After a code was asked for, and after a wrong one. */
  code(visit: Visit, journey: Journey, shown: CodeShown): Promise<Response>
  /** What any passkey gets that opens nothing, whatever the cause. */
  passkeyRefused(visit: Visit, journey: Journey): Promise<Response>
  /** Byte for byte the same for a wrong password, a name nobody has, a held sign-in, a demanded reset and single sign-on. */
  wrong(visit: Visit, journey: Journey, email: string): Promise<Response>
}

export interface EmailShown {
  readonly email?: string
  readonly error?: string
  /** A sentence from the closed list below, by its name. */
  readonly said?: string | undefined
  /** With a password, whatever the domain says: emergency access. */
  readonly way?: 'password' | null
}

export interface CodeShown {
  readonly email: string
  readonly error?: string
  readonly cookies?: readonly string[]
}

export interface SignInPagesNeeds {
  readonly passkeyWays: Pick<PasskeyWays, 'signIn'>
  readonly writer: PageWriter
  readonly journeys: Journeys
  readonly organizations: Pick<Organizations, 'findBySlug'>
}

export function createSignInPages({ writer, journeys, organizations, passkeyWays }: SignInPagesNeeds): SignInPages {
  const brandOf = async (visit: Visit, { organization }: Journey): Promise<Pick<Page, 'title' | 'brand'>> => {
    const found = organization === null ? null : await organizations.findBySlug(organization)
    const { title, titleFor } = visit.words.signIn
    return found === null ? { title } : { title: titleFor(found.name), brand: found.name }
  }
  const write = async (
    visit: Visit,
    journey: Journey,
    status: number,
    contentOf: (page: SignInPage) => Page['content'],
    cookies: readonly string[] = [],
  ) => {
    const brand = await brandOf(visit, journey)
    const query = journeys.query(journey)
    const page = {
      hidden: journeys.hidden(journey),
      query,
      title: brand.title,
      destination: journeys.destination(journey),
      passkey: passkeyWays.signIn(visit.words, journeys.hidden(journey)),
    }
    return writer.write(visit, { ...brand, content: contentOf(page), status, cookies, here: `/sign-in${query}` })
  }
  const passkeyRefused: SignInPages['passkeyRefused'] = (visit, journey) =>
    write(visit, journey, 422, page => passkeyRefusedContent(visit.words, page))
  return {
    passkeyRefused,
    code: (visit, journey, { error, email, cookies = [] }) =>
      write(
        visit,
        journey,
        error === undefined ? 200 : 422,
        page => signInCodeContent(visit.words, { ...page, title: visit.words.signInCode.title, email, error }),
        cookies,
      ),
    email(visit, journey, { email = '', error, said, way = null }) {
      const sentence = way === null ? sentenceOf(visit, said) : visit.words.sso.passwordWay
      return write(visit, journey, error === undefined ? 200 : 422, page =>
        emailContent(visit.words, { ...page, hidden: withWay(page.hidden, way) }, email, error, sentence),
      )
    },
    password: (visit, journey, email, error) =>
      write(visit, journey, error === undefined ? 200 : 422, page => passwordContent(visit.words, page, email, error)),
    // Who came with a passkey has typed no address.
    wrong: (visit, journey, email) =>
      email === ''
        ? passkeyRefused(visit, journey)
        : write(visit, journey, 422, page => wrongContent(visit.words, page, email)),
  }
}

function withWay(hidden: Html, way: 'password' | null): Html {
  return way === null ? hidden : html`${hidden}<input type="hidden" name="way" value="${way}">`
}

/** Only these can be said by an address: nobody puts words of their own on the page. */
function sentenceOf({ words: { signIn, ssoLogout } }: Visit, said: string | undefined): string | null {
  switch (said) {
    case 'reset':
      return signIn.afterReset
    case 'signed_out':
      return signIn.afterSignOut
    case 'signed_out_here':
      return ssoLogout.hereOnly
    case 'start_again':
      return signIn.startAgain
    case 'too_many_codes':
      return signIn.tooManyCodes
    case 'other_tab':
      return signIn.otherTab
    case 'enrol_first':
      return signIn.enrolFirst
    default:
      return null
  }
}
