import { type CsvCell, csvHead, csvRow } from '../lib/csv.ts'
import { isoInstant } from '../lib/instant.ts'
import type { AccountId } from '../policy/facts.ts'
import type { ListedPerson, PeopleFilter, PeopleList, SecondKind } from './people-list.ts'

/** What people are exported for: who they are, whether they use the service, and how they are protected. */
export const exportKinds = ['information', 'usage', 'second-factor'] as const
export type ExportKind = (typeof exportKinds)[number]

/** How a person signs in, where single sign-on decides it. */
export type SignsInWith = (person: ListedPerson) => 'single sign-on' | 'password'

/**
 * The file in pieces: the store is asked for one page after the other, when the one before has been taken, so that neither 100,000 people
 * nor a slow reader are ever held in memory, and other callers of the store get their turn in between.
 */
export async function* exportPeople(
  list: Pick<PeopleList, 'page'>,
  { kind, filter, signsInWith }: PeopleExport,
): AsyncGenerator<string> {
  const columns = columnsOf(kind, signsInWith)
  yield csvHead(columns.map(([name]) => name))
  let after: AccountId | undefined
  for (;;) {
    const people = await list.page({ ...filter, limit: pageSize, ...(after === undefined ? {} : { after }) })
    if (people.length === 0) return
    yield people.map(person => csvRow(columns.map(([, cellOf]) => cellOf(person)))).join('')
    after = people.at(-1)?.id
  }
}

export interface PeopleExport {
  readonly kind: ExportKind
  readonly filter: PeopleFilter
  readonly signsInWith: SignsInWith
}

/** About 5 ms of the store's thread. */
const pageSize = 500

type Column = readonly [name: string, cellOf: (person: ListedPerson) => CsvCell]

const who: readonly Column[] = [
  ['E-mail', person => person.email],
  ['Name', person => person.name],
  ['Organization', person => person.organization?.name ?? null],
  ['State', person => person.state.replaceAll('_', ' ')],
]

function columnsOf(kind: ExportKind, signsInWith: SignsInWith): readonly Column[] {
  switch (kind) {
    case 'information':
      return [
        ...who,
        ['Organization id', person => person.organization?.slug ?? null],
        ['Roles', person => person.roles.join(' ')],
        ['Language', person => person.language],
        ['Signs in with', signsInWith],
        ['Network exemption until', ({ exemptUntil }) => momentOf(exemptUntil)],
        ['Created', person => isoInstant(person.createdAt)],
      ]
    case 'usage':
      return [
        ...who,
        ['Last sign-in', person => momentOf(person.lastSignInAt)],
        ['Created', person => isoInstant(person.createdAt)],
        ['Reset required', person => person.resetRequired],
        ['Held', person => yesNo(person.held)],
        ['Password known from leaks', person => yesNo(person.leaked)],
      ]
    case 'second-factor':
      return [
        ...who,
        ['Roles', person => person.roles.join(' ')],
        ['Signs in with', signsInWith],
        ['Second factor', person => yesNo(person.factors.length > 0)],
        ...(['totp', 'sms_code', 'passkey'] as const).map(
          (factor): Column => [factorNames[factor], person => yesNo(person.factors.includes(factor))],
        ),
        ['Phone', person => person.phones.join(' ')],
        ['Spare phone', person => yesNo(person.sparePhones.length > 0)],
        ['Spare phone number', person => person.sparePhones.join(' ')],
        ['Backup codes left', person => person.backupCodesLeft],
        ['Set aside', person => person.factorsSetAside],
      ]
    default:
      return kind satisfies never
  }
}

const factorNames: Readonly<Record<SecondKind, string>> = {
  totp: 'Authenticator app',
  sms_code: 'Text message',
  passkey: 'Passkey',
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no'
}

function momentOf(value: number | 'always' | null): CsvCell {
  return typeof value === 'number' ? isoInstant(value) : value
}
