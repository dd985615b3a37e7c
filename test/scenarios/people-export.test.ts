import { expect, test } from 'vitest'
import { exportPeople } from '../../src/people/people-csv.ts'
import type { ListedPerson, PeopleQuery } from '../../src/people/people-list.ts'
import { accountId } from '../contracts/samples.ts'
import { readCsv } from '../support/csv-reader.ts'
import { runExport } from '../support/export-drill.ts'

test('five thousand people come out of a running gateway, each once, none of them as a formula', async () => {
  const { rows, formulas } = await runExport(5_000)

  expect(rows).toBe(5_000)
  expect(formulas).toBe(0)
})

test('the next page is asked for when the one before was taken, and none after a reader who leaves', async () => {
  const asked: PeopleQuery[] = []
  const page = async (query: PeopleQuery) => {
    asked.push(query)
    return [person(`p-${asked.length}`)]
  }
  const pieces = exportPeople({ page }, { kind: 'information', filter: { held: true }, signsInWith: () => 'password' })

  await pieces.next()
  expect(asked).toEqual([])
  const first = await pieces.next()
  await pieces.next()
  await pieces.return(undefined)

  expect(readCsv(String(first.value))[0]?.[0]).toBe('p-1@example.com')
  expect(asked).toEqual([
    { held: true, limit: 500 },
    { held: true, limit: 500, after: 'p-1' },
  ])
})

function person(id: string): ListedPerson {
  return {
    id: accountId(id),
    email: `${id}@example.com`,
    name: 'Hana',
    language: 'en',
    organization: null,
    roles: ['person'],
    state: 'in_use',
    resetRequired: null,
    held: false,
    leaked: false,
    factors: [],
    factorsSetAside: 0,
    phones: [],
    sparePhones: [],
    backupCodesLeft: 0,
    exemptUntil: null,
    createdAt: 0,
    lastSignInAt: null,
  }
}
