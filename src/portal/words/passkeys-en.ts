/** The words around passkeys in English. */
export const passkeysEn = {
  passkeys: {
    signIn: 'Sign in with a passkey',
    confirm: 'Use your passkey',
    add: 'Create a passkey',
    addTitle: 'Add a passkey',
    addLead:
      'A passkey lives in your phone, computer or security key. You confirm with your finger, your face or a PIN; there is no code to type, and it works on this site alone.',
    appInstead: 'Use an authenticator app instead',
    passkeyInstead: 'Use a passkey instead of an app',
    enrolFirst: 'Set up a passkey instead',
    label: 'Name of the passkey',
    labelHint: 'So that you know it again, for example "My phone"',
    cancelled: 'No passkey was used. Try again, or choose another way.',
    present: 'This device has a passkey for your account already.',
    failed: 'That did not work. Load the page anew, or choose another way.',
    missing: 'This browser cannot use passkeys here. Please choose another way.',
    withoutScript: 'Passkeys need JavaScript, which is off in this browser. The other ways work without it.',
    wrong: 'That passkey did not work here.',
    notAdded: 'That did not work. It took too long, or your device has not confirmed that it is you. Please try again.',
    taken: 'This passkey cannot be added. It may be in use already; create a new one.',
    refused: 'That passkey did not work.',
    refusedCauses: [
      'It was removed from the account, or set aside to protect it.',
      'It took longer than five minutes, or was used from another tab.',
      'The password has to be chosen anew. The mail we sent you holds the link.',
      'Sign-in is held for a while after too many tries.',
      'Your organization uses single sign-on.',
    ],
    refusedWayOut: 'Try again, or sign in with your e-mail address.',
    otherWay: 'Sign in with your e-mail address',
  },
}
