import { Hono } from 'hono'
import { html } from 'hono/html'
import { readForm } from '../http/forms.ts'
import type { PageApp, PageBindings, PageEnv } from '../http/page-env.ts'
import type { Clock } from '../lib/clock.ts'
import type { Organization, Organizations } from '../people/organization.ts'
import { rulesAt } from '../people/organization-rules.ts'
import type { Origin } from '../people/origin.ts'
import type { SsoSwitch } from '../people/sso-switch.ts'
import type { Providers } from '../sso/provider.ts'
import type { ProviderService } from '../sso/providers.ts'
import { type Administrator, adminAct, type Host } from './host.ts'
import { type SsoPage, type SsoProblem, ssoContent } from './pages/sso.ts'
import { type StagedPage, stagedContent } from './pages/sso-metadata.ts'
import { adminWords } from './words/words.ts'

export interface SsoNeeds {
  readonly host: Host
  readonly organizations: Pick<Organizations, 'find'>
  readonly ssoSwitch: Pick<SsoSwitch, 'stateOf' | 'confirm'>
  readonly providers: Pick<Providers, 'find'>
  readonly providerService: Pick<ProviderService, 'promote' | 'drop'>
  readonly clock: Clock
}

const here = '/admin/sso'
const act = adminAct('sso_confirm', ['administrator'])
const metadataAct = adminAct('sso_metadata', ['administrator'])

/**
 * `/admin/sso`: what single sign-on does at this moment, the one button that makes it last, for whoever has come through the provider, and what
 * becomes of other metadata of the provider that waits.
 */
export function ssoRoutes(needs: SsoNeeds): PageApp {
  const app: PageApp = new Hono<PageEnv>()
  app.get(here, async ({ env }) => {
    const admission = await needs.host.admit(env, here, { act, target: null })
    return admission.kind === 'answered' ? admission.response : show(needs, env, admission.person, { problem: null })
  })
  app.post(here, async ({ env }) => {
    const admission = await needs.host.admit(env, here, { act, target: null })
    if (admission.kind === 'answered') return admission.response
    const { person, by } = admission
    const organization = admission.kind === 'in' ? await organizationOf(needs, person) : null
    if (organization === null) return show(needs, env, person, { problem: { kind: 'not_running' } })
    const confirming = await needs.ssoSwitch.confirm(organization, person.session.proofs, by)
    return show(needs, env, person, confirming.kind === 'confirmed' ? { said: 'confirmed' } : { problem: confirming })
  })
  for (const decision of ['promote', 'drop'] as const)
    app.post(`${here}/${decision}`, async ({ env, req }) => {
      const admission = await needs.host.admit(env, here, { act: metadataAct, target: null })
      if (admission.kind === 'answered') return admission.response
      const { person, by } = admission
      if (admission.kind !== 'in') return show(needs, env, person, { staged: { problem: 'not_allowed' } })
      const digest = (await readForm(req.raw)).get('digest') ?? ''
      return show(needs, env, person, { staged: await decide(needs, person, { decision, digest }, by) })
    })
  return app
}

interface Decision {
  readonly decision: 'promote' | 'drop'
  /** Of what was looked at. */
  readonly digest: string
}

async function decide(
  { providerService }: SsoNeeds,
  person: Administrator,
  { decision, digest }: Decision,
  by: Origin,
): Promise<Partial<StagedPage>> {
  const { organizationId } = person.account
  if (organizationId === null) return { problem: 'nothing_staged' }
  // Signatures by what waits are accepted already: whoever slipped it in could come through it and make it last.
  if (decision === 'promote' && isThroughProvider(person)) return { problem: 'not_promoted' }
  const { kind } = await providerService[decision](organizationId, digest, by)
  if (kind === 'changed') return { said: decision === 'promote' ? 'promoted' : 'dropped' }
  return { problem: kind === 'overtaken' ? 'overtaken' : 'nothing_staged' }
}

function isThroughProvider({ session, account }: Administrator): boolean {
  return session.proofs.some(({ kind, organization }) => kind === 'saml' && organization === account.organizationId)
}

/** From the store: a copy in memory may be as old as the last change that was heard of. */
async function organizationOf({ organizations }: SsoNeeds, { account }: Administrator): Promise<Organization | null> {
  return account.organizationId === null ? null : organizations.find(account.organizationId)
}

interface Shown {
  readonly said?: SsoPage['said']
  readonly problem?: SsoProblem | null
  readonly staged?: Partial<StagedPage>
}

async function show(
  needs: SsoNeeds,
  env: PageBindings,
  person: Administrator,
  { said = null, problem = null, staged = {} }: Shown,
): Promise<Response> {
  const { host, ssoSwitch, clock } = needs
  const organization = await organizationOf(needs, person)
  const language = host.languageOf(env)
  const words = adminWords(language)
  const throughProvider = isThroughProvider(person)
  const provider = organization === null ? null : await needs.providers.find(organization.id)
  const content = ssoContent(words, {
    organization: organization?.name ?? '',
    state: organization === null ? { kind: 'off' } : ssoSwitch.stateOf(organization),
    breakGlass: organization === null ? [] : rulesAt(organization, clock.now()).sso.breakGlassEmails,
    throughProvider,
    ...{ now: clock.now(), language, said, problem },
  })
  const waiting = { provider, mayPromote: !throughProvider, language, said: null, problem: null, ...staged }
  const isRefused = problem !== null || waiting.problem !== null
  const whole = html`${content}${stagedContent(words, waiting)}`
  return host.write(env, person, { title: words.sso.title, content: whole, status: isRefused ? 409 : 200, here })
}
