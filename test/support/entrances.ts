import type { PortalHarness } from './portal-harness.ts'
import type { PortalVisitor, Reply } from './portal-visitor.ts'

/** Every place where a name can be typed without signing in: what is sent there about one name, and everything that comes back. */
export interface NameEntrance {
  readonly name: string
  ask(portal: PortalHarness, visitor: PortalVisitor, email: string): Promise<readonly Reply[]>
}

const wrong = 'not the password of anybody'

export const nameEntrances: readonly NameEntrance[] = [
  {
    name: 'the address, before the password',
    ask: async ({ portalOrigin }, visitor, email) => [await visitor.post(`${portalOrigin}/sign-in`, { email })],
  },
  {
    name: 'a password',
    ask: async ({ portalOrigin }, visitor, email) => [
      await visitor.post(`${portalOrigin}/sign-in`, { email, password: wrong }),
    ],
  },
  {
    name: 'a forgotten password',
    ask: async ({ portalOrigin }, visitor, email) => [await visitor.post(`${portalOrigin}/reset`, { email })],
  },
  {
    name: 'a mailed sign-in code, and a wrong one given back',
    async ask({ portalOrigin }, visitor, email) {
      const asked = await visitor.post(`${portalOrigin}/sign-in/code`, { email })
      const given = await visitor.post(`${portalOrigin}/sign-in/code`, { email, answer: 'code', code: '000000' })
      return [asked, given]
    },
  },
  {
    name: 'a code that an administrator handed over',
    ask: async ({ portalOrigin }, visitor, email) => [
      await visitor.post(`${portalOrigin}/reset/hand-over`, { email, code: 'ABCD-EFGH-JKMN' }),
    ],
  },
  {
    name: 'a second factor without an attempt',
    ask: async ({ portalOrigin }, visitor, email) => [
      await visitor.get(`${portalOrigin}/second-factor`),
      await visitor.post(`${portalOrigin}/second-factor`, { email, attempt: 'x', answer: 'code', code: '000000' }),
    ],
  },
]
