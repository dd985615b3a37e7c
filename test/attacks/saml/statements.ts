import type { SamlRefusal } from '../../../src/sso/refusal.ts'
import { type Case, contents } from './case.ts'
import { authnStatementOf, iso, issuerOf, statusOf, success } from './message.ts'
import type { World } from './world.ts'

// By whom, with what outcome, and after which sign-in at the provider.

export function statementCases(): readonly Case[] {
  return [...issuers(), ...statuses(), ...statements()]
}

function issuers(): readonly Case[] {
  const causes: readonly SamlRefusal[] = ['issuer', 'wrong_structure']
  const evil = 'https://idp-c.test/metadata'
  return [
    ...contents('S33 assertion', 'Issuer of the Assertion wrong', causes, () => ({ assertionIssuer: issuerOf(evil) })),
    ...contents('S33 response', 'Issuer of the Response wrong', causes, () => ({
      responseIssuer: issuerOf(evil, true),
    })),
    ...contents('I1', 'no Issuer in the Assertion', causes, () => ({ assertionIssuer: '' })),
    ...contents('I2', 'two Issuers', causes, w => ({ assertionIssuer: issuerOf(w.a.entityId) + issuerOf(evil) })),
    ...contents('I3', 'Issuer in another case', causes, w => ({
      assertionIssuer: issuerOf(w.a.entityId.toUpperCase()),
    })),
    ...contents('I4', 'Issuer with a slash behind', causes, w => ({ assertionIssuer: issuerOf(`${w.a.entityId}/`) })),
    ...contents('I5', 'a comment cuts the Issuer', [...causes, 'forbidden_markup'], w => ({
      assertionIssuer: issuerOf(w.a.entityId).replace('</', '<!--x-->.evil.test</'),
    })),
    ...contents('I6', 'an element in the Issuer', causes, w => ({
      assertionIssuer: issuerOf(w.a.entityId).replace('</', '<saml:x></saml:x></'),
    })),
    ...contents('I7', 'an empty Issuer of the Response', causes, () => ({ responseIssuer: issuerOf('', true) })),
    ...contents('I8', 'no Issuer of the Response', causes, () => ({ responseIssuer: '' }), { outcome: 'harmless' }),
    ...contents('I9', 'Issuer in the format of a name', causes, w => ({
      assertionIssuer: issuerOf(w.a.entityId).replace(
        '>',
        ' Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">',
      ),
    })),
  ]
}

function statuses(): readonly Case[] {
  const causes: readonly SamlRefusal[] = ['status', 'wrong_structure']
  const responder = 'urn:oasis:names:tc:SAML:2.0:status:Responder'
  const status = (xml: string) => () => ({ status: xml })
  return [
    ...contents(
      'S31',
      'Responder with AuthnFailed, and a valid assertion',
      causes,
      status(statusOf(responder, 'urn:oasis:names:tc:SAML:2.0:status:AuthnFailed')),
    ),
    ...contents('U1', 'Success under Responder', causes, status(statusOf(responder, success))),
    ...contents('U2', 'two Status', causes, status(statusOf(responder) + statusOf(success))),
    ...contents('U3', 'two Status, Success first', causes, status(statusOf(success) + statusOf(responder))),
    ...contents('U4', 'no Status', causes, status('')),
    ...contents('U5', 'a Status without code', causes, status('<samlp:Status></samlp:Status>')),
    ...contents(
      'U6',
      'two StatusCodes',
      causes,
      status(
        statusOf(success).replace(
          '</samlp:Status>',
          `<samlp:StatusCode Value="${responder}"></samlp:StatusCode></samlp:Status>`,
        ),
      ),
    ),
    ...contents('U7', 'Success with something behind', causes, status(statusOf(`${success}ful`))),
    ...contents('U8', 'Success in another case', causes, status(statusOf(success.toUpperCase()))),
    ...contents(
      'U9',
      'a code of another namespace',
      causes,
      status(statusOf(success).replace('<samlp:StatusCode', '<samlp:StatusCode xmlns:samlp="urn:x"')),
    ),
    ...contents(
      'U10',
      'AuthnFailed under Success',
      causes,
      status(statusOf(success, 'urn:oasis:names:tc:SAML:2.0:status:AuthnFailed')),
      { outcome: 'harmless' },
    ),
  ]
}

function statements(): readonly Case[] {
  const causes: readonly SamlRefusal[] = [
    'authentication_statement',
    'authentication_context',
    'wrong_structure',
    'expired',
  ]
  const instant = (at: (w: World) => string | null) => (w: World) => ({
    statements: authnStatementOf(w, { AuthnInstant: at(w) }),
  })
  const forced = (w: World) => ({
    requests: [{ id: w.requestId ?? '', startedAt: w.now - 30_000, forced: true, contexts: [] }],
  })
  const asked = (w: World) => ({
    requests: [{ id: w.requestId ?? '', startedAt: w.now - 30_000, forced: false, contexts: ['urn:strong'] }],
  })
  return [
    ...contents('B1', 'no AuthnStatement', causes, () => ({ statements: '' })),
    ...contents('B2', 'the session at the provider has ended', causes, w => ({
      statements: authnStatementOf(w, { SessionNotOnOrAfter: iso(w.now - 600_000) }),
    })),
    ...contents('B3', 'an end of the session that cannot be read', causes, w => ({
      statements: authnStatementOf(w, { SessionNotOnOrAfter: 'never' }),
    })),
    ...contents(
      'B4',
      'signed in tomorrow',
      causes,
      instant(w => iso(w.now + 86_400_000)),
    ),
    ...contents(
      'B5',
      'no AuthnInstant',
      causes,
      instant(() => null),
    ),
    ...contents(
      'B6',
      'an AuthnInstant that cannot be read',
      causes,
      instant(() => 'now'),
    ),
    ...contents(
      'B7',
      'ForceAuthn was asked for, the sign-in is older',
      causes,
      instant(w => iso(w.now - 86_400_000)),
      { question: forced },
    ),
    ...contents('B8', 'a class was asked for, another one is stated', causes, () => ({}), { question: asked }),
    ...contents(
      'B9',
      'a class was asked for, none is stated',
      causes,
      w => ({
        statements: authnStatementOf(w).replace(/<saml:AuthnContextClassRef>.*<\/saml:AuthnContextClassRef>/, ''),
      }),
      { question: asked },
    ),
    ...contents(
      'B10',
      'a class was asked for, a comment cuts the stated one',
      [...causes, 'forbidden_markup'],
      w => ({ statements: authnStatementOf(w, {}, 'urn:strong<!--x-->er') }),
      { question: asked },
    ),
    ...contents(
      'B11',
      'a class was asked for, both are stated',
      causes,
      w => ({
        statements: authnStatementOf(
          w,
          {},
          'urn:strong</saml:AuthnContextClassRef><saml:AuthnContextClassRef>urn:weak',
        ),
      }),
      { question: asked },
    ),
    ...contents('B12', 'two AuthnStatements, one ended', causes, w => ({
      statements: authnStatementOf(w) + authnStatementOf(w, { SessionNotOnOrAfter: iso(w.now - 600_000) }),
    })),
    ...contents('B13', 'an AuthzDecisionStatement alone', causes, () => ({
      statements: '<saml:AuthzDecisionStatement Decision="Permit" Resource="x"></saml:AuthzDecisionStatement>',
    })),
    ...contents('B14', 'an AuthnStatement of another namespace', causes, w => ({
      statements: authnStatementOf(w).replace('<saml:AuthnStatement', '<saml:AuthnStatement xmlns:saml="urn:x"'),
    })),
    ...contents('B15', 'version 1.1', [...causes, 'unreadable'], () => ({
      assertion: { Version: '1.1' },
      response: { Version: '1.1' },
    })),
    ...contents('B16', 'version 2.0 outside, 1.1 inside', causes, () => ({ assertion: { Version: '1.1' } })),
    ...contents('B17', 'no version', causes, () => ({ assertion: { Version: null } })),
    ...contents('B18', 'no ID', [...causes, 'signature_wrong', 'signature_placement', 'signature_missing'], () => ({
      assertion: { ID: null },
    })),
    ...contents(
      'B19',
      'an empty ID',
      [...causes, 'signature_wrong', 'signature_placement', 'signature_missing'],
      () => ({ assertion: { ID: '' } }),
    ),
    ...contents(
      'B20',
      'Response and Assertion share an ID',
      [...causes, 'signature_wrong', 'signature_placement'],
      w => ({ assertion: { ID: `_response-${w.mark}` } }),
    ),
    ...contents('B21', 'two AuthnStatements of two sessions, of which a logout would name either', causes, w => ({
      statements: authnStatementOf(w) + authnStatementOf(w, { SessionIndex: '_other' }),
    })),
  ]
}
