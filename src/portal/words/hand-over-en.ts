/** The way back with a code that an administrator or support has handed over. */
export const handOverEn = {
  link: 'I have a hand-over code',
  console: 'For the people of your organization',
  consoleLead: 'Somebody cannot read their mail any more? Give them a code with which they choose a new password.',
  consoleLink: 'Issue a hand-over code',
  consoleSso: 'Single sign-on',
  title: 'Enter your hand-over code',
  lead: 'An administrator of your organization, or support, gave you this code because you cannot read the mail of your account.',
  email: 'E-mail address of your account',
  code: 'Hand-over code',
  codeHint: '20 letters and digits in four groups. Upper or lower case does not matter.',
  submit: 'Continue',
  missing: 'Enter the whole code as it was given to you.',
  wrong: 'That did not work.',
  wrongCauses: [
    'The e-mail address or the code is not right.',
    'The code was used, is older than 30 minutes, or a newer one was issued.',
    'It was tried too often, or your password or a second factor was changed since.',
  ],
  wrongWayOut: 'Check both, or ask for a new code.',
  factorTitle: 'Confirm that it is you',
  factorLead:
    'The code is right. Your account has a second factor: enter a code from your authenticator app, or one of your backup codes.',
  factorLeadPhone:
    'The code is right. Your account has a second factor: enter a code from your app or from a text message, or one of your backup codes.',
  factorLeadOther: 'The code is right. Your account has a second factor: enter one of your backup codes.',
  factorCode: 'Code',
  sent: 'If we can reach that phone, a code is on its way.',
  stuckTitle: 'You have none of these?',
  stuck:
    'Then another administrator than the one who gave you this code has to switch the second factor off first. You will get a new hand-over code after that.',
  goneTitle: 'This code does not work any more',
  gone: 'It was used or tried too often, or too much time has passed.',
  again: 'Enter the code again',
}
