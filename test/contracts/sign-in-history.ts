import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AuditEntry } from '../../src/journal/audit.ts'
import type { AccountId } from '../../src/policy/facts.ts'
import type { DurablePorts, OpenStore } from './ports.ts'
import { accountId, anEntry, dayMs, minuteMs, now } from './samples.ts'

export function describeSignInHistory(open: OpenStore): void {
  describe('the history of sign-ins', () => {
    let store: DurablePorts
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    const opened = (owner: AccountId, at: number, facts: AuditEntry['facts'] = {}) =>
      store.audit.append(
        anEntry('session_opened', {
          at,
          accountId: owner,
          facts: { device: 'Firefox on Linux', session: `s-${at}`, method: 'password', newDevice: false, ...facts },
        }),
      )
    const refused = (owner: AccountId, at: number, address: string) =>
      store.audit.append(
        anEntry('sign_in_refused', { at, accountId: owner, address, facts: { device: 'curl', why: 'wrong' } }),
      )

    test('the newest sign-ins of one account come first, with all that was recorded', async () => {
      const [aki, other] = [accountId(), accountId()]
      await opened(aki, now)
      await opened(other, now + 1)
      const place = { country: 'JP', city: 'JP Osaka', network: 'AS64500' }
      await opened(aki, now + 2, { deviceId: 'd-1', newDevice: true, method: 'password + totp', ...place })

      const recent = await store.signInHistory.recentOf(aki, 20, now + 10)

      expect(recent.opened.map(({ at }) => at)).toEqual([now + 2, now])
      expect(recent.opened[0]).toMatchObject({
        ...{ accountId: aki, sessionId: `s-${now + 2}`, address: '192.0.2.7', device: 'Firefox on Linux' },
        ...{ deviceId: 'd-1', newDevice: true, method: 'password + totp', ...place },
      })
      expect(recent.opened[1]).toMatchObject({ deviceId: null, newDevice: false, country: null, city: null })
      expect(recent.refused).toEqual([])
    })

    test('refused tries are summed by address and browser, and forgotten after thirty days', async () => {
      const aki = accountId()
      await refused(aki, now - 31 * dayMs, '192.0.2.9')
      for (let i = 0; i < 3; i++) await refused(aki, now + i, '192.0.2.9')
      await refused(aki, now + 5, '198.51.100.1')

      const { refused: groups } = await store.signInHistory.recentOf(aki, 20, now + minuteMs)

      expect(groups).toEqual([
        { address: '198.51.100.1', device: 'curl', times: 1, firstAt: now + 5, lastAt: now + 5 },
        { address: '192.0.2.9', device: 'curl', times: 3, firstAt: now, lastAt: now + 2 },
      ])
    })

    test('a walk meets each sign-in of its time once, oldest first, also where many share a moment', async () => {
      const people = Array.from({ length: 7 }, () => accountId())
      await opened(accountId(), now - 1)
      for (const one of people) await opened(one, now)
      await opened(accountId(), now + 5)
      await refused(accountId(), now, '192.0.2.9')
      await opened(accountId(), now + 10)

      const met: string[] = []
      const query = { from: now, to: now + 10, limit: 3 }
      let page = await store.signInHistory.walk(query)
      while (page.length > 0) {
        met.push(...page.map(each => each.accountId))
        const after = page.at(-1)
        if (after === undefined) break
        page = await store.signInHistory.walk({ ...query, after })
      }

      expect(met.slice(0, 7)).toEqual(people)
      expect(met).toHaveLength(8)
    })
  })
}
