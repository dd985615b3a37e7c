import type { SamlRefusal } from '../../../src/sso/refusal.ts'
import { type Case, contents, row } from './case.ts'
import { audienceOf, conditionsOf, confirmationOf, iso, nameIdOf, subjectOf } from './message.ts'
import { messageOf } from './signing.ts'
import type { World } from './world.ts'

// For whom, when, by whom and after what: everything that A has signed and that still opens nothing here.

const timed: readonly SamlRefusal[] = ['conditions', 'expired', 'not_yet_valid', 'wrong_structure', 'recipient']
const xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'

export function conditionCases(): readonly Case[] {
  return [...audiences(), ...conditions(), ...times()]
}

const withConditions = (attributes: (world: World) => Readonly<Record<string, string | null>>) => (world: World) => ({
  conditions: conditionsOf(world, attributes(world)),
})
const withInside = (inside: (world: World) => string) => (world: World) => ({
  conditions: conditionsOf(world, {}, inside(world)),
})

function audiences(): readonly Case[] {
  const causes: readonly SamlRefusal[] = ['audience', 'conditions', 'wrong_structure']
  const ours = (w: World) => w.us.entityId
  return [
    ...contents(
      'S21',
      'Audience is another service',
      causes,
      withInside(() => audienceOf('https://other.test/sp')),
    ),
    ...contents(
      'S22 restriction',
      'no AudienceRestriction',
      causes,
      withInside(() => ''),
    ),
    ...contents('S22 conditions', 'no Conditions', [...causes, ...timed], () => ({ conditions: '' })),
    ...contents(
      'D1',
      'an AudienceRestriction without Audience',
      causes,
      withInside(() => audienceOf()),
    ),
    ...contents(
      'D2',
      'a second AudienceRestriction without us',
      causes,
      withInside(w => audienceOf(ours(w)) + audienceOf('https://other.test/sp')),
    ),
    ...contents(
      'D3',
      'a first AudienceRestriction without us',
      causes,
      withInside(w => audienceOf('https://other.test/sp') + audienceOf(ours(w))),
    ),
    ...contents(
      'D4',
      'Audience begins with our name',
      causes,
      withInside(w => audienceOf(`${ours(w)}.evil.test`)),
    ),
    ...contents(
      'D5',
      'Audience ends with our name',
      causes,
      withInside(w => audienceOf(`https://evil.test/?${ours(w)}`)),
    ),
    ...contents(
      'D6',
      'Audience in another case',
      causes,
      withInside(w => audienceOf(ours(w).toUpperCase())),
    ),
    ...contents(
      'D7',
      'Audience with a slash behind',
      causes,
      withInside(w => audienceOf(`${ours(w)}/`)),
    ),
    ...contents(
      'D8',
      'an empty Audience',
      causes,
      withInside(() => audienceOf('')),
    ),
    ...contents(
      'D9',
      'a comment cuts the Audience',
      [...causes, 'forbidden_markup'],
      withInside(w => audienceOf(ours(w)).replace('</saml:Audience>', '<!--x-->.evil.test</saml:Audience>')),
    ),
    ...contents(
      'D10',
      'our name in an element of the Audience',
      causes,
      withInside(w => audienceOf('x').replace('x<', `<saml:Audience>${ours(w)}</saml:Audience><`)),
    ),
    ...contents(
      'D11',
      'Audience in another namespace',
      causes,
      withInside(w => audienceOf(ours(w)).replace('<saml:Audience>', '<saml:Audience xmlns:saml="urn:x">')),
    ),
    ...contents(
      'D12',
      'several of our names in one Audience',
      causes,
      withInside(w => audienceOf(`${ours(w)} ${ours(w)}`)),
    ),
    ...contents(
      'D13',
      'Audience with line ends around',
      causes,
      withInside(w => audienceOf(`\n${ours(w)}\n`)),
      { outcome: 'harmless' },
    ),
  ]
}

function conditions(): readonly Case[] {
  const causes: readonly SamlRefusal[] = ['conditions', 'wrong_structure', 'audience']
  const also = (xml: string) => withInside(w => audienceOf(w.us.entityId) + xml)
  return [
    ...contents(
      'D20',
      'an unknown Condition',
      causes,
      also(`<saml:Condition ${xsi} xsi:type="Weekday"></saml:Condition>`),
    ),
    ...contents('D21', 'a Condition of no type', causes, also('<saml:Condition></saml:Condition>')),
    ...contents(
      'D22',
      'an element of another namespace among the Conditions',
      causes,
      also('<x:OnlyOnMonday xmlns:x="urn:x"></x:OnlyOnMonday>'),
    ),
    ...contents('D23', 'two Conditions', causes, w => ({ conditions: conditionsOf(w) + conditionsOf(w) })),
    ...contents('D24', 'the Conditions hold an Assertion', causes, also('<saml:Assertion></saml:Assertion>')),
    ...contents('D25', 'an expired second Conditions', causes, w => ({
      conditions: conditionsOf(w) + conditionsOf(w, { NotOnOrAfter: iso(0) }),
    })),
    ...contents('D26', 'OneTimeUse', causes, also('<saml:OneTimeUse></saml:OneTimeUse>'), { outcome: 'harmless' }),
    ...contents('D27', 'ProxyRestriction', causes, also('<saml:ProxyRestriction Count="0"></saml:ProxyRestriction>'), {
      outcome: 'harmless',
    }),
  ]
}

function times(): readonly Case[] {
  const texts = [
    '',
    'never',
    'NaN',
    'Infinity',
    '1e30',
    '2099',
    '2099-12-31',
    '2099-12-31 10:00:00Z',
    'Fri, 31 Dec 2099 10:00:00 GMT',
    '2099-13-45T99:99:99Z',
    '+002099-01-01T00:00:00Z',
    '2099-01-01T00:00:00Z,2000-01-01T00:00:00Z',
    '２０９９-01-01T00:00:00Z',
    '2099-01-01T24:00:01Z',
    '2099-01-01T10:00Z',
    '2099-01-01t10:00:00z',
    '2099-01-01T00:00:00+99:00',
    '-2099-01-01T00:00:00Z',
    '2099-01-01T00:00:00Z<!---->',
  ]
  const unreadable = texts.flatMap((text, i) => [
    ...contents(
      `M1.${i}`,
      `Conditions end at “${text}”`,
      [...timed, 'unreadable', 'forbidden_markup'],
      withConditions(() => ({ NotOnOrAfter: text })),
    ),
    ...contents(`M2.${i}`, `the confirmation ends at “${text}”`, [...timed, 'unreadable', 'forbidden_markup'], w => ({
      subject: subjectOf(nameIdOf(w.mallory), confirmationOf(w, { NotOnOrAfter: text })),
    })),
    ...contents(
      `M3.${i}`,
      `Conditions begin at “${text}”`,
      [...timed, 'unreadable', 'forbidden_markup'],
      withConditions(() => ({ NotBefore: text })),
    ),
  ])
  return [
    ...contents(
      'S27',
      'Conditions ended ten minutes ago',
      timed,
      withConditions(w => ({ NotOnOrAfter: iso(w.now - 600_000) })),
    ),
    ...contents(
      'S28',
      'Conditions begin in ten minutes',
      timed,
      withConditions(w => ({ NotBefore: iso(w.now + 600_000) })),
    ),
    ...unreadable,
    ...contents(
      'M4',
      'Conditions end without a zone, in the past',
      timed,
      withConditions(w => ({ NotOnOrAfter: iso(w.now - 600_000).replace('Z', '') })),
    ),
    ...contents(
      'M5',
      'the end has passed, by its offset',
      timed,
      withConditions(w => ({ NotOnOrAfter: iso(w.now + 3_600_000).replace('Z', '+14:00') })),
    ),
    ...contents(
      'M6',
      'the beginning has not come, by its offset',
      timed,
      withConditions(w => ({ NotBefore: iso(w.now - 3_600_000).replace('Z', '-12:00') })),
    ),
    ...contents(
      'M7',
      'begins after it ends',
      timed,
      withConditions(w => ({ NotBefore: iso(w.now + 100_000), NotOnOrAfter: iso(w.now - 100_000) })),
    ),
    ...contents(
      'M8',
      'ended a second longer ago than clocks may differ',
      timed,
      withConditions(w => ({ NotOnOrAfter: iso(w.now - 121_000) })),
    ),
    ...contents(
      'M15',
      'ends in the year 99999',
      timed,
      withConditions(() => ({ NotOnOrAfter: '99999-01-01T00:00:00Z' })),
      {
        outcome: 'harmless',
      },
    ),
    ...contents(
      'M9',
      'a fraction of thirty digits, in the past',
      timed,
      withConditions(w => ({ NotOnOrAfter: iso(w.now - 600_000).replace(/\.\d+/, `.${'9'.repeat(30)}`) })),
    ),
    ...contents(
      'M10',
      'a leap second that has passed',
      timed,
      withConditions(() => ({ NotOnOrAfter: '2016-12-31T23:59:60Z' })),
    ),
    row('M11', 'issued tomorrow', [...timed, 'issuer'], w =>
      messageOf(w, { assertion: { IssueInstant: iso(w.now + 86_400_000) } }, 'both'),
    ),
    row(
      'M12',
      'the Response was issued tomorrow',
      timed,
      w => messageOf(w, { response: { IssueInstant: iso(w.now + 86_400_000) } }, 'both'),
      { outcome: 'harmless' },
    ),
    row(
      'M13',
      'issued last year',
      timed,
      w => messageOf(w, { assertion: { IssueInstant: iso(w.now - 365 * 86_400_000) } }, 'both'),
      { outcome: 'harmless' },
    ),
    row('M14', 'issued at no readable time', timed, w =>
      messageOf(w, { assertion: { IssueInstant: 'today' } }, 'both'),
    ),
  ]
}
