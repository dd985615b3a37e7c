/** The words of "this was not me", of the change of address and of recent sign-ins in English. */
export const protectionEn = {
  report: {
    title: 'Was this somebody else?',
    lead: 'Look at this sign-in. If it was you, close this page: nothing has happened.',
    emailTitle: 'Put your address back?',
    emailLead: 'The address of your account was changed. If it was you, close this page: nothing has happened.',
    when: 'When',
    device: 'Device',
    place: 'Place',
    address: 'Address',
    changedAt: 'Changed',
    presentEmail: 'Now',
    formerEmail: 'Before',
    what: 'If it was not you, this button:',
    ends: (count: number) =>
      count === 0
        ? 'makes sure that this sign-in stays ended (it is already)'
        : count === 1
          ? 'ends that sign-in at once, with everything that is open in it'
          : `ends ${count} sessions at once, with everything that is open in them`,
    endsAll: (count: number) =>
      count === 1
        ? 'ends the one session of your account at once'
        : `ends all ${count} sessions of your account at once`,
    putsBack: (list: string) => `puts back what was changed in it: ${list}`,
    putsBackNothing: 'Nothing of your account was changed in it.',
    putsBackEmail: (email: string) => `makes ${email} the address of your account again`,
    resets:
      'asks for a new password: the old one opens nothing any more, and the link to a new one comes to you by mail',
    sso: 'signs you out everywhere; your password and second factor are changed at your organization’s single sign-on',
    marks: 'makes that device a stranger for ever',
    tells: 'tells the administrators of your organization',
    submit: 'This was not me',
    emailSubmit: 'Put my address back',
    undone: 'This cannot be undone. It locks nobody out but whoever has your password: you choose a new one.',
    undoneSso: 'This cannot be undone. To come back, sign in through your organization again.',
    kinds: {
      factor_added: 'an added second factor',
      factor_removed: 'a removed second factor',
      factor_restored: 'a second factor that had been set aside',
      email_changed: 'the e-mail address',
      device_renamed: 'the name of a device',
      device_forgotten: 'a forgotten device',
      language_changed: 'the language',
    },
    doneTitle: 'Done',
    done: 'That sign-in is cut off.',
    doneEmail: 'The address was put back, and everybody is signed out.',
    doneMail: (email: string) => `We have sent a link to ${email}. Open it now and choose a new password.`,
    doneSso:
      'You are signed out everywhere. Tell those who run your organization’s single sign-on, and change your password there.',
    doneNotFree:
      'The former address belongs to another account by now. Links for a new password go to it all the same; please ask for help.',
    already:
      'This was done already. If you have not chosen a new password yet, look for the mail with the link, or ask for another one.',
    alreadySso: 'This was done already.',
    goneTitle: 'This link does not work any more',
    gone: 'It is too old, or it was not copied whole. If you think that somebody else is in your account, choose a new password: that ends all sessions.',
    goneThen: 'Choose a new password',
  },
  email: {
    title: 'E-mail address',
    change: 'Change the address',
    lead: (email: string) => `The address of your account is ${email}.`,
    next: 'New address',
    nextHint: 'We send a code there. Nothing changes before you enter it.',
    submit: 'Send the code',
    same: 'That is your address already.',
    foreignDomain: 'Addresses of that organization cannot be used here. Ask the administrator of your organization.',
    tooMany: 'Several codes have been sent. Please try again in an hour.',
    managed: 'Your organization looks after the address of this account. Ask its administrator to change it.',
    codeTitle: 'Enter the code',
    codeLead: (email: string) => `If ${email} can be used, a code is on its way there. It is valid for ten minutes.`,
    code: 'Code of six digits',
    codeMissing: 'Enter the code from the mail.',
    codeWrong: (left: number) =>
      left === 1 ? 'That code is not right. One try is left.' : `That code is not right. ${left} tries are left.`,
    codeEnded: 'That code is not valid any more. Ask for a new one.',
    codeSubmit: 'Change the address',
    note: 'Both addresses get a mail. The old one can put the change back for seven days; until then, links for a new password go there.',
    undoable: (email: string, until: string) =>
      `${email} can put the last change back until ${until}. Until then, links for a new password go there.`,
    other: 'Another address',
  },
  recent: {
    title: 'Recent sign-ins',
    lead: 'The last twenty. If one of them was not you, end its session, and change your password.',
    none: 'None is recorded yet.',
    earlier: (count: number) => `Earlier sign-ins (${count})`,
    newDevice: 'new device',
    place: 'Place',
    when: 'When',
    refusedTitle: 'Refused tries',
    refusedLead: 'In the last thirty days. Nobody came in by these.',
    times: (count: number) => (count === 1 ? 'once' : `${count} times`),
    tries: 'Tries',
    last: 'Last',
    reported: 'you reported it',
  },
}
