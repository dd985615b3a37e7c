/** The words of single logout in English. */
export const ssoLogoutEn = {
  ssoLogout: {
    leavingTitle: 'You are signed out here',
    leavingLead: 'Next, you sign out at your organization’s identity provider too.',
    proceed: 'Continue',
    hereOnly:
      'You are signed out here. Your organization’s identity provider has not confirmed that you are signed out there too.',
    refusedTitle: 'Signing out did not work',
    refusedLead:
      'We could not accept the message of your organization’s identity provider. It has ended nothing here: if you are signed in, you still are.',
    refusedWayOut:
      'You can sign out here yourself. If this happens again, give the receipt number to your administrator.',
    signOut: 'Sign out here',
  },
}
