/** Words of the page that confirms single sign-on, in English. */
export const ssoEn = {
  title: 'Single sign-on',
  lead: (name: string) => `How the people of ${name} sign in.`,
  state: 'State',
  states: {
    off: 'Off: people sign in here.',
    on: 'On: people sign in through your identity provider, and in no other way.',
    live: 'On for a short time, and not confirmed.',
    rolled_back: 'Off: it was not confirmed in time and has returned by itself.',
  },
  until: 'Returns by itself at',
  left: (minutes: number) => (minutes === 1 ? '1 minute left' : `${minutes} minutes left`),
  breakGlass: 'Emergency accounts',
  none: 'None',
  confirmTitle: 'Does it work?',
  confirmLead: 'You came through the identity provider, so it works for you. Confirm only when it works for everybody.',
  whatTitle: 'When you confirm',
  what: [
    'Everybody who is signed in without the identity provider is signed out.',
    'Passwords, mailed codes and second factors of this site no longer open anything, and open reset links are void.',
    'Only the emergency accounts can come in without the identity provider.',
  ],
  confirm: 'Confirm single sign-on',
  notThrough:
    'You did not come through the identity provider. Only somebody who did can confirm: sign out, and sign in through it.',
  confirmed: 'Single sign-on is confirmed.',
  problems: {
    not_running: 'Nothing waits for a confirmation any more.',
    overtaken: 'Something else was changed at this moment. Look at the state and try again.',
    break_glass: (email: string) =>
      `${email} could not come in if the provider failed: an emergency account has to be an open administrator with a second factor. Repair it, then confirm.`,
  },
  problemTitle: 'Not confirmed',
}
