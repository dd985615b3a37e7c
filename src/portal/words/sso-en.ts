/** The words of single sign-on in English. */
export const ssoEn = {
  sso: {
    continueTitle: 'Continue with single sign-on',
    continueLead: (organization: string) =>
      `${organization} signs its people in through its own identity provider. You are on your way there.`,
    proceed: 'Continue',
    otherWay: 'Another way (emergency access)',
    passwordWay:
      'This way is for people with emergency access. If your organization uses single sign-on, your password does not work here.',
    postLead: 'You are on your way to your organization’s identity provider.',
    refusedTitle: 'Sign-in did not work',
    refusedLead: 'We could not accept the answer of your organization’s identity provider. Nobody was signed in.',
    refusedCauses: [
      'It took longer than ten minutes, or began in another browser.',
      'The answer was used before, for example by going back to an older page.',
      'Your organization has not set you up here, or its settings have changed.',
    ],
    refusedWayOut: 'Start again. If it does not work then either, give the receipt number to your administrator.',
    again: 'Start again',
    noContextTitle: 'This page cannot be opened with single sign-on',
    noContextLead:
      'It asks for a second factor, and it is not settled which sign-in of your organization’s identity provider counts as one. Your administrator can settle it.',
    startPage: 'To the start page',
    test: {
      title: 'Test sign-in',
      accepted: 'The answer of the identity provider was accepted.',
      refused: 'The answer of the identity provider was refused.',
      unchanged: 'Nothing was changed and nobody was signed in.',
      cause: 'Cause',
      detail: 'Detail',
      remedy: 'What helps',
      email: 'E-mail address',
      name: 'Name',
      account: 'Account',
      accountIs: {
        existing: 'There is one; the person would be signed in.',
        created: 'There is none; one would be created.',
        opened: 'It is invited and would be opened.',
        no_account: 'There is none, and none would be created: the person would be refused.',
        other_organization: 'It belongs to somebody outside this organization: the person would be refused.',
      },
      roles: 'Roles',
      context: 'Kind of sign-in (AuthnContext)',
      authenticated: 'Signed in at the provider',
      until: 'Session ends at the latest',
      attributes: 'Attributes',
      none: 'not stated',
      byLimits: 'by the limits set here',
      back: 'Back to the start page',
    },
  },
}
