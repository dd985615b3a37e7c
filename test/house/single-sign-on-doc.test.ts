import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { samlAddresses } from '../../src/sso/addresses.ts'
import { changeSettings } from '../../src/sso/change-settings.ts'
import { defaultSettings } from '../../src/sso/provider.ts'
import { samlRefusals } from '../../src/sso/refusal.ts'
import { samlRemedies } from '../../src/sso/remedies.ts'
import { root } from './sources.ts'
import { bare, readTable } from './tables.ts'

const page = readFileSync(join(root, 'docs/single-sign-on.md'), 'utf8')

describe('docs/single-sign-on.md', () => {
  test('lists every cause of a refusal in the order of the checks, with what helps, and no other', () => {
    const rows = readTable(page, 'cause').map(row => [bare(row['cause']), row['what helps']])

    expect(rows).toEqual(samlRefusals.map(cause => [cause, samlRemedies[cause]]))
  })

  test('names the addresses of an organization as they are', () => {
    const { entityId, acs, logout } = samlAddresses('https://auth.example.com', 'acme')

    const given = readTable(page, 'it asks for').map(row => row['give it'] ?? '')
    for (const address of [entityId, acs, logout]) expect(given.join(' ')).toContain(`\`${address}\``)
  })

  test('lists every setting, in words that are accepted', () => {
    const words = readTable(page, '`sekisho sso set acme ...`').flatMap(row => wordsIn(Object.values(row)[0] ?? ''))
    const metadata = {
      signOn: [
        { binding: 'redirect', location: 'https://idp.example.com/' },
        { binding: 'post', location: 'https://idp.example.com/' },
      ],
    } as const

    const changed = changeSettings(defaultSettings, words, { metadata, roles: ['person'] })

    expect(changed.kind, JSON.stringify(changed)).toBe('changed')
    const keys = new Set(words.map(word => word.split(/[=:]/)[0]))
    expect(keys).toEqual(
      new Set([...Object.keys(defaultSettings).filter(key => key !== 'roles'), 'role', 'rolesAttribute']),
    )
  })
})

/** `` `requestBinding=redirect` or `post` `` -> `requestBinding=redirect`; places for values are filled in. */
function wordsIn(cell: string): string[] {
  return [...cell.matchAll(/`([A-Za-z]+(?:=|:)[^`]+)`/g)].map(([, word = '']) =>
    word.replace('VALUE=ROLE', 'staff=person').replace('URI,...', 'urn:oasis:names:tc:SAML:2.0:ac:classes:X509'),
  )
}
