import type { PortalHarness } from './portal-harness.ts'
import type { PortalVisitor, Reply } from './portal-visitor.ts'
import { createSoftwareKey, type Options, type Said, type SoftwareKey } from './software-key.ts'

// Passkeys as the portal's script uses them, without a browser.

export async function askOptions(
  portal: Pick<PortalHarness, 'portalOrigin'>,
  visitor: PortalVisitor,
  purpose: string,
): Promise<Options> {
  const reply = await visitor.post(
    `${portal.portalOrigin}/passkeys/options`,
    { purpose },
    { headers: { Accept: 'application/json', 'Sec-Fetch-Mode': 'cors' } },
  )
  if (reply.status !== 200) throw new Error(`no options for ${purpose}: ${reply.status} ${reply.body}`)
  return JSON.parse(reply.body) as Options // because the portal's own script reads it so
}

/** For somebody who is signed in and has just proved it. */
export async function addPasskey(
  portal: Pick<PortalHarness, 'portalOrigin'>,
  visitor: PortalVisitor,
  about: { counts?: boolean; said?: Said } = {},
): Promise<SoftwareKey> {
  const key = createSoftwareKey(portal.portalOrigin, about)
  const options = await askOptions(portal, visitor, 'enrol')
  const reply = await postNew(portal, visitor, key.create(options, about.said))
  if (reply.location?.includes('said=factor_added') !== true)
    throw new Error(`not added: ${reply.status} ${reply.body}`)
  return key
}

export function postNew(
  portal: Pick<PortalHarness, 'portalOrigin'>,
  visitor: PortalVisitor,
  credential: string,
): Promise<Reply> {
  return visitor.post(`${portal.portalOrigin}/account/passkeys/add`, { credential, label: 'Test key' })
}

export function postSignIn(
  portal: Pick<PortalHarness, 'portalOrigin'>,
  visitor: PortalVisitor,
  credential: string,
): Promise<Reply> {
  return visitor.post(`${portal.portalOrigin}/sign-in/passkey`, { credential })
}

export async function signInByPasskey(
  portal: Pick<PortalHarness, 'portalOrigin'>,
  visitor: PortalVisitor,
  key: SoftwareKey,
  said: Said = {},
): Promise<Reply> {
  return postSignIn(portal, visitor, key.answer(await askOptions(portal, visitor, 'sign_in'), said))
}
