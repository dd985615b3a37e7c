import { Hono } from 'hono'
import type { PageApp, PageBindings, PageEnv } from '../http/page-env.ts'
import type { Clock } from '../lib/clock.ts'
import type { Organization, Organizations } from '../people/organization.ts'
import { rulesAt } from '../people/organization-rules.ts'
import type { SsoSwitch } from '../people/sso-switch.ts'
import { type Administrator, adminAct, type Host } from './host.ts'
import { type SsoPage, type SsoProblem, ssoContent } from './pages/sso.ts'
import { adminWords } from './words/words.ts'

export interface SsoNeeds {
  readonly host: Host
  readonly organizations: Pick<Organizations, 'find'>
  readonly ssoSwitch: Pick<SsoSwitch, 'stateOf' | 'confirm'>
  readonly clock: Clock
}

const here = '/admin/sso'
const act = adminAct('sso_confirm', ['administrator'])

/** `/admin/sso`: what single sign-on does at this moment, and the one button that makes it last, for whoever has come through the provider. */
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
  return app
}

/** From the store: a copy in memory may be as old as the last change that was heard of. */
async function organizationOf({ organizations }: SsoNeeds, { account }: Administrator): Promise<Organization | null> {
  return account.organizationId === null ? null : organizations.find(account.organizationId)
}

interface Shown {
  readonly said?: SsoPage['said']
  readonly problem?: SsoProblem | null
}

async function show(
  needs: SsoNeeds,
  env: PageBindings,
  person: Administrator,
  { said = null, problem = null }: Shown,
): Promise<Response> {
  const { host, ssoSwitch, clock } = needs
  const organization = await organizationOf(needs, person)
  const language = host.languageOf(env)
  const words = adminWords(language)
  const content = ssoContent(words, {
    organization: organization?.name ?? '',
    state: organization === null ? { kind: 'off' } : ssoSwitch.stateOf(organization),
    breakGlass: organization === null ? [] : rulesAt(organization, clock.now()).sso.breakGlassEmails,
    throughProvider: person.session.proofs.some(
      proof => proof.kind === 'saml' && proof.organization === person.account.organizationId,
    ),
    ...{ now: clock.now(), language, said, problem },
  })
  return host.write(env, person, { title: words.sso.title, content, status: problem === null ? 200 : 409, here })
}
