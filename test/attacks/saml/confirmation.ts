import type { SamlRefusal } from '../../../src/sso/refusal.ts'
import { type Case, contents, row } from './case.ts'
import { bearer, confirmationOf, iso, nameIdOf, subjectOf } from './message.ts'
import { messageOf } from './signing.ts'
import type { World } from './world.ts'

// Who may present the message, where, and in answer to what.

const presented: readonly SamlRefusal[] = [
  'recipient',
  'wrong_structure',
  'request_unknown',
  'expired',
  'conditions',
  'not_yet_valid',
]

export function confirmationCases(): readonly Case[] {
  return [...confirmations(), ...requests(), ...recipients()]
}

const withConfirmations = (each: (world: World) => readonly string[]) => (world: World) => ({
  subject: subjectOf(nameIdOf(world.mallory), ...each(world)),
})

function confirmations(): readonly Case[] {
  const evil = (w: World) => confirmationOf(w, { Recipient: 'https://other.test/acs' })
  return [
    ...contents(
      'C1',
      'no SubjectConfirmation',
      presented,
      withConfirmations(() => []),
    ),
    ...contents(
      'C2',
      'holder-of-key alone',
      presented,
      withConfirmations(w => [confirmationOf(w, {}, 'urn:oasis:names:tc:SAML:2.0:cm:holder-of-key')]),
    ),
    ...contents(
      'C3',
      'sender-vouches alone',
      presented,
      withConfirmations(w => [confirmationOf(w, {}, 'urn:oasis:names:tc:SAML:2.0:cm:sender-vouches')]),
    ),
    ...contents(
      'C4',
      'a method with a space',
      presented,
      withConfirmations(w => [confirmationOf(w, {}, `${bearer} `)]),
    ),
    ...contents(
      'C5',
      'a right confirmation, then one for others',
      presented,
      withConfirmations(w => [confirmationOf(w), evil(w)]),
      { outcome: 'harmless' },
    ),
    ...contents(
      'C6',
      'a confirmation for others, then a right one',
      presented,
      withConfirmations(w => [evil(w), confirmationOf(w)]),
      { outcome: 'harmless' },
    ),
    ...contents(
      'C7',
      'two confirmations that are right only together',
      presented,
      withConfirmations(w => [confirmationOf(w, { Recipient: null }), confirmationOf(w, { NotOnOrAfter: null })]),
    ),
    ...contents(
      'C8',
      'bearer without data',
      presented,
      withConfirmations(() => [`<saml:SubjectConfirmation Method="${bearer}"></saml:SubjectConfirmation>`]),
    ),
    ...contents(
      'C9',
      'NotBefore in bearer data',
      presented,
      withConfirmations(w => [confirmationOf(w, { NotBefore: iso(w.now - 60_000) })]),
      { outcome: 'refused' },
    ),
    ...contents(
      'C10',
      'NotBefore in bearer data, in ten minutes',
      presented,
      withConfirmations(w => [confirmationOf(w, { NotBefore: iso(w.now + 600_000) })]),
    ),
    ...contents(
      'C11',
      'bearer data without NotOnOrAfter',
      presented,
      withConfirmations(w => [confirmationOf(w, { NotOnOrAfter: null })]),
    ),
    ...contents(
      'C12',
      'two elements of data, the second for us',
      presented,
      withConfirmations(w => [
        confirmationOf(w, { Recipient: 'https://other.test/acs' }).replace(
          '</saml:SubjectConfirmation>',
          `${confirmationOf(w).replace(/<\/?saml:SubjectConfirmation( [^>]*)?>/g, '')}</saml:SubjectConfirmation>`,
        ),
      ]),
    ),
    ...contents(
      'S29',
      'the confirmation ended ten minutes ago',
      ['expired'],
      withConfirmations(w => [confirmationOf(w, { NotOnOrAfter: iso(w.now - 600_000) })]),
    ),
  ]
}

function requests(): readonly Case[] {
  const wrong: readonly SamlRefusal[] = ['request_unknown', 'wrong_structure']
  const both = (id: string | null) => (w: World) => ({
    response: { InResponseTo: id },
    subject: subjectOf(nameIdOf(w.mallory), confirmationOf(w, { InResponseTo: id })),
  })
  return [
    ...contents('S25 never', 'InResponseTo that was never issued', wrong, both('_never')),
    ...contents('S25 absent', 'InResponseTo absent', wrong, both(null)),
    ...contents('S25 differs', 'InResponseTo differs in the confirmation', wrong, w => ({
      subject: subjectOf(nameIdOf(w.mallory), confirmationOf(w, { InResponseTo: '_other' })),
    })),
    ...contents('S25 outer', 'InResponseTo differs in the Response', wrong, () => ({
      response: { InResponseTo: '_other' },
    })),
    ...contents('S25 outer absent', 'InResponseTo absent in the Response alone', wrong, () => ({
      response: { InResponseTo: null },
    })),
    ...contents('S25 inner absent', 'InResponseTo absent in the confirmation alone', wrong, w => ({
      subject: subjectOf(nameIdOf(w.mallory), confirmationOf(w, { InResponseTo: null })),
    })),
    ...contents('S26', 'a request that another browser has sent', wrong, () => ({}), {
      question: () => ({ requests: [{ id: '_of-another', startedAt: 0, forced: false, contexts: [] }] }),
    }),
    ...contents('Q1', 'no request is open', wrong, () => ({}), { question: () => ({ requests: [] }) }),
    ...contents('Q2', 'InResponseTo empty', wrong, both('')),
    ...contents('Q3', 'InResponseTo in another case', wrong, w => both(w.requestId?.toUpperCase() ?? '')(w)),
    ...contents('Q4', 'InResponseTo with a space', wrong, w => both(`${w.requestId} `)(w)),
    ...contents(
      'Q5',
      'an unsolicited message that claims to answer a request, where unsolicited ones are welcome',
      wrong,
      both('_never'),
      { question: () => ({ unsolicited: true }) },
    ),
    ...contents(
      'Q6',
      'an open request, the confirmation absent, where unsolicited ones are welcome',
      wrong,
      w => ({ subject: subjectOf(nameIdOf(w.mallory), confirmationOf(w, { InResponseTo: null })) }),
      { question: () => ({ unsolicited: true, requests: [] }) },
    ),
  ]
}

function recipients(): readonly Case[] {
  const others: Readonly<Record<string, (url: string) => string>> = {
    'of another': () => 'https://other.test/acs',
    'with a slash': url => `${url}/`,
    'in capitals': url => url.toUpperCase(),
    'with a port': url => url.replace(/^(https?:\/\/[^/:]+)(?::\d+)?/, '$1:8443'),
    'with a query': url => `${url}?x=1`,
    'with a fragment': url => `${url}#x`,
    'by another scheme': url =>
      url.startsWith('https:') ? url.replace('https:', 'http:') : url.replace('http:', 'https:'),
    'with a name': url => url.replace('://', '://user@'),
    'as a prefix': url => `${url}.evil.test`,
    'with dots': url => url.replace(/\/([^/]*)$/, '/x/../$1'),
    encoded: url => url.replace(/acs$/, '%61cs'),
    empty: () => '',
    'behind a space': url => ` ${url}`,
  }
  const recipient = Object.entries(others).flatMap(([how, change]) => [
    ...contents(
      `S23 ${how}`,
      `Recipient ${how}`,
      presented,
      withConfirmations(w => [confirmationOf(w, { Recipient: change(w.us.acsUrl) })]),
    ),
    ...contents(`S24 ${how}`, `Destination ${how}`, ['destination', 'wrong_structure'], w => ({
      response: { Destination: change(w.us.acsUrl) },
    })),
  ])
  return [
    ...recipient,
    ...contents(
      'S23 absent',
      'no Recipient',
      presented,
      withConfirmations(w => [confirmationOf(w, { Recipient: null })]),
    ),
    row('S24 absent', 'a signed Response without Destination', ['destination', 'wrong_structure'], w =>
      messageOf(w, { response: { Destination: null } }, 'response'),
    ),
    ...contents(
      'C20',
      'an Address that is not the client’s',
      presented,
      withConfirmations(w => [confirmationOf(w, { Address: '203.0.113.99' })]),
      { outcome: 'harmless' },
    ),
  ]
}
