import type { SamlRefusal } from '../../../src/sso/refusal.ts'
import { type Case, contents, row, swap } from './case.ts'
import {
  attributeStatementOf,
  authnStatementOf,
  confirmationOf,
  emailFormat,
  nameIdOf,
  samlNamespace,
  subjectOf,
} from './message.ts'
import { messageOf } from './signing.ts'
import type { World } from './world.ts'

// Whom the message speaks of, and who may present it. A has signed all of this: it is what mallory can make A say about her.

const named: readonly SamlRefusal[] = [
  'recipient',
  'name_id',
  'email_domain',
  'unreadable',
  'forbidden_markup',
  'wrong_structure',
]

export function subjectCases(): readonly Case[] {
  return [...names(), ...spelledNames(), ...attributes()]
}

const withSubject = (subject: (world: World) => string) => (world: World) => ({ subject: subject(world) })
const withName = (name: (world: World) => string) => withSubject(world => subjectOf(name(world), confirmationOf(world)))

function names(): readonly Case[] {
  const text = (world: World) => world.victim
  return [
    ...contents(
      'S12',
      'a comment cuts the name that A signed with it',
      named,
      withName(w => nameIdOf(`${text(w)}<!--x-->.evil.test`)),
      { outcome: 'not victim' },
    ),
    row('S13', 'a comment put into the name after signing', ['forbidden_markup'], world =>
      swap(messageOf(world), world.mallory, `mall<!--x-->ory@corp.test`),
    ),
    row('S13 cut', 'a comment that leaves the first text as another name', ['forbidden_markup'], world => {
      const sneaky = { subject: subjectOf(nameIdOf(`${text(world)}.mallory.test`), confirmationOf(world)) }
      return swap(messageOf(world, sneaky), `${text(world)}.mallory.test`, `${text(world)}<!---->.mallory.test`)
    }),
    row('N1', 'a processing instruction cuts the name', ['forbidden_markup'], world => {
      const sneaky = { subject: subjectOf(nameIdOf(`${text(world)}.mallory.test`), confirmationOf(world)) }
      return swap(messageOf(world, sneaky), `${text(world)}.mallory.test`, `${text(world)}<?x y?>.mallory.test`)
    }),
    row('N2', 'CDATA in the name, put in after signing', ['forbidden_markup'], world =>
      swap(messageOf(world), world.mallory, `<![CDATA[mallory]]>@corp.test`),
    ),
    ...contents(
      'N3',
      'an element in the name',
      named,
      withName(w => nameIdOf(`${text(w)}<saml:x></saml:x>.evil.test`)),
    ),
    ...contents(
      'N4',
      'an element around the name',
      named,
      withName(w => nameIdOf(`<saml:NameID>${text(w)}</saml:NameID>`)),
    ),
    ...contents(
      'N5',
      'an empty name',
      named,
      withName(() => nameIdOf('')),
    ),
    ...contents(
      'N6',
      'no name at all',
      named,
      withName(() => ''),
    ),
    ...contents(
      'N7',
      'two names',
      named,
      withName(w => nameIdOf(w.mallory) + nameIdOf(w.victim)),
    ),
    ...contents(
      'N8',
      'BaseID instead of a name',
      named,
      withName(() => '<saml:BaseID></saml:BaseID>'),
    ),
    ...contents(
      'N9',
      'EncryptedID instead of a name',
      [...named, 'decryption'],
      withName(() => '<saml:EncryptedID></saml:EncryptedID>'),
    ),
    ...contents('N10', 'two Subjects', [...named, 'recipient'], w => ({
      subject: subjectOf(nameIdOf(w.mallory), confirmationOf(w)) + subjectOf(nameIdOf(w.victim), confirmationOf(w)),
    })),
    ...contents('N11', 'no Subject', [...named, 'recipient'], () => ({ subject: '' })),
    ...contents('N12', 'a Subject in another namespace', [...named, 'recipient'], w => ({
      subject: subjectOf(nameIdOf(w.victim), confirmationOf(w)).replace(
        '<saml:Subject',
        '<saml:Subject xmlns:saml="urn:x"',
      ),
    })),
    ...contents(
      'N13',
      'the name in a SubjectConfirmation',
      named,
      withSubject(w =>
        subjectOf(
          confirmationOf(w).replace(
            '<saml:SubjectConfirmationData',
            `${nameIdOf(w.victim)}<saml:SubjectConfirmationData`,
          ),
        ),
      ),
    ),
    ...contents(
      'N14',
      'another name inside of the SubjectConfirmation',
      named,
      withSubject(w =>
        subjectOf(
          nameIdOf(w.mallory),
          confirmationOf(w).replace(
            '<saml:SubjectConfirmationData',
            `${nameIdOf(w.victim)}<saml:SubjectConfirmationData`,
          ),
        ),
      ),
      { outcome: 'harmless' },
    ),
    ...contents(
      'N15',
      'a transient name instead of an address',
      named,
      withName(() => nameIdOf('_3f7b2c', { Format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' })),
    ),
    ...contents(
      'N17',
      'a name in the format of an address, but none',
      named,
      withName(() => nameIdOf('mallory', { Format: emailFormat })),
    ),
    ...contents(
      'N18',
      'a Subject with a name of a foreign namespace',
      named,
      withName(w => `<x:NameID xmlns:x="urn:x">${w.victim}</x:NameID>`),
    ),
    ...contents(
      'N19',
      'the name in the assertion namespace by another prefix, behind a foreign one',
      named,
      withName(
        w =>
          `<x:NameID xmlns:x="urn:x">${w.mallory}</x:NameID><y:NameID xmlns:y="${samlNamespace}">${w.victim}</y:NameID>`,
      ),
    ),
  ]
}

/** Names that some comparison or some parser takes for the victim’s. */
function spelledNames(): readonly Case[] {
  const spellings: Readonly<Record<string, string>> = {
    'dotless i': 'vıctim@corp.test',
    'capital dotted i': 'vİctim@corp.test',
    'cyrillic i': 'vіctim@corp.test',
    'full width': 'ｖｉｃｔｉｍ@corp.test',
    'full-width at': 'victim＠corp.test',
    'zero-width space': 'vic\u200btim@corp.test',
    'soft hyphen': 'victim\u00ad@corp.test',
    'right to left': '\u202evictim@corp.test',
    'byte order mark': '\ufeffvictim@corp.test',
    'no-break space': 'victim@corp.test\u00a0',
    'line end': 'victim@corp.test&#xD;\n',
    'two lines': 'victim@corp.test\nmallory@corp.test',
    'two with comma': 'victim@corp.test,mallory@corp.test',
    'two with semicolon': 'mallory@corp.test;victim@corp.test',
    'display name': 'Mallory &lt;victim@corp.test&gt;',
    'angle brackets': '&lt;victim@corp.test&gt;',
    'quoted local part': '"victim"@corp.test',
    'quoted at': '"victim@corp.test"@evil.test',
    'comment of RFC 5322': 'victim(x)@corp.test',
    'trailing dot': 'victim@corp.test.',
    'two at signs': 'mallory@evil.test@corp.test',
    'percent at': 'victim%40corp.test',
    'homoglyph domain': 'victim@cоrp.test',
    subdomain: 'victim@corp.test.evil.test',
    'parent domain': 'victim@test',
    'address literal': 'victim@[127.0.0.1]',
    tab: 'victim\t@corp.test',
    'markup as text': 'victim@corp.test&lt;!--x--&gt;.evil.test',
    quotes: 'victim@corp.test" Format="x',
    'combining letter': 'victim@corp.tes\u0301t',
    overlong: `${'v'.repeat(65)}@corp.test`,
    'next line': 'victim@corp.test\u0085',
    'line separator': 'victim@corp.test\u2028',
  }
  return Object.entries(spellings).flatMap(([idea, spelled]) =>
    contents(
      `N20 ${idea}`,
      `the name is spelled with ${idea}`,
      named,
      withName(() => nameIdOf(spelled)),
      { outcome: 'not victim' },
    ),
  )
}

function attributes(): readonly Case[] {
  const mail = 'mail'
  const read = { question: () => ({ settings: { emailAttribute: mail } }) }
  const stated = (values: Readonly<Record<string, readonly string[]>>) => (world: World) => ({
    statements: authnStatementOf(world) + attributeStatementOf(values),
  })
  return [
    ...contents(
      'E1',
      'several addresses in the attribute',
      named,
      stated({ mail: ['mallory@corp.test', 'victim@corp.test'] }),
      read,
    ),
    ...contents('E2', 'an attribute without value', named, stated({ mail: [] }), read),
    ...contents('E3', 'an empty value', named, stated({ mail: [''] }), read),
    ...contents('E4', 'the attribute is not there', named, stated({ other: ['victim@corp.test'] }), read),
    ...contents(
      'E5',
      'an element in the value',
      named,
      stated({ mail: ['<saml:NameID>victim@corp.test</saml:NameID>'] }),
      read,
    ),
    ...contents('E6', 'a comment cuts the value', named, stated({ mail: ['victim@corp.test<!--x-->.evil.test'] }), {
      ...read,
      outcome: 'not victim',
    }),
    ...contents(
      'E7',
      'a nil value',
      named,
      stated({
        mail: [
          '</saml:AttributeValue><saml:AttributeValue xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true">',
        ],
      }),
      read,
    ),
    ...contents(
      'E8',
      'the attribute stated twice',
      named,
      w => ({
        statements:
          authnStatementOf(w) +
          attributeStatementOf({ mail: ['mallory@corp.test'] }) +
          attributeStatementOf({ mail: ['victim@corp.test'] }),
      }),
      read,
    ),
    ...contents(
      'E9',
      'an encrypted attribute',
      [...named, 'decryption'],
      w => ({
        statements: `${authnStatementOf(w)}<saml:AttributeStatement><saml:EncryptedAttribute></saml:EncryptedAttribute></saml:AttributeStatement>`,
      }),
      read,
    ),
    ...contents(
      'E10',
      'the attribute in another case',
      named,
      stated({ Mail: ['victim@corp.test'], MAIL: ['victim@corp.test'] }),
      read,
    ),
    ...contents(
      'E11',
      'an attribute named as a member of every object',
      named,
      stated({ constructor: ['x'], __proto__: ['victim@corp.test'] }),
      read,
    ),
    ...contents(
      'E12',
      'the attribute that settings name is __proto__',
      named,
      w => ({ statements: authnStatementOf(w) }),
      {
        question: () => ({ settings: { emailAttribute: '__proto__' } }),
      },
    ),
  ]
}
