import { BaseSequencer } from 'vitest/node'

/** By what they take on a quiet machine, longest first: one that starts last keeps a worker busy while the other has nothing left to do. */
export const longest: readonly string[] = [
  'test/scenarios/stop.test.ts',
  'test/scenarios/protection-pages.test.ts',
  'test/interop/saml/pysaml2.test.ts',
  'test/interop/saml/pysaml2-encrypted.test.ts',
  'test/interop/saml/simplesamlphp.test.ts',
  'test/attacks/suspicious-lane.test.ts',
  'test/interop/saml/samlp.test.ts',
  'test/scenarios/pages.test.ts',
  'test/portal/saml-in-a-browser.test.ts',
  'test/examples/browser.test.ts',
  'test/portal/passkeys-in-a-browser.test.ts',
  'test/limits/stuffing.test.ts',
  'test/scenarios/races.test.ts',
  'test/scenarios/sso-switch.test.ts',
  'test/attacks/saml/over-http.test.ts',
  'test/examples/single-sign-on.test.ts',
  'test/portal/hand-over-in-a-browser.test.ts',
  'test/scenarios/lounge.test.ts',
  'test/interop/the-lounge.test.ts',
  'test/portal/factors-in-a-browser.test.ts',
  'test/scenarios/not-me.test.ts',
  'test/scenarios/stuffing.test.ts',
  'test/scenarios/shut-out.test.ts',
  'test/stores/kill.test.ts',
  'test/scenarios/users.test.ts',
  'test/attacks/saml-acs.test.ts',
  'test/scenarios/kill.test.ts',
  'test/scenarios/sso-commands.test.ts',
  'test/scenarios/reset-campaign.test.ts',
  'test/scenarios/configured.test.ts',
  'test/attacks/saml-logout.test.ts',
  'test/composition/text-messages.test.ts',
  'test/proxy/relay.test.ts',
  'test/attacks/passkeys.test.ts',
  'test/portal/saml-logout-in-a-browser.test.ts',
  'test/scenarios/campaign-drill.test.ts',
]

/** The longest files first, then the others, larger ones earlier. */
export class LongestFirst extends BaseSequencer {
  override async sort(...[files]: Parameters<BaseSequencer['sort']>): ReturnType<BaseSequencer['sort']> {
    const sorted = await super.sort(files)
    const placeOf = ({ moduleId }: (typeof files)[number]) => {
      const at = longest.findIndex(path => moduleId.endsWith(path))
      return at < 0 ? longest.length : at
    }
    return sorted.sort((a, b) => placeOf(a) - placeOf(b))
  }
}
