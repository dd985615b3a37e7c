/** The words around signing in by a mailed code in English. */
export const signInCodeEn = {
  signInCode: {
    ask: 'Mail me a code instead',
    title: 'Check your mail',
    lead: (email: string) =>
      `If ${email} may sign in by a mailed code, one is on its way. It has 6 digits, works once, for 5 minutes, and only in this browser.`,
    label: 'Code from the mail',
    submit: 'Sign in',
    malformed: 'A code has 6 digits.',
    wrong:
      'That code did not work. Enter the newest one, or have a new one sent if it is older than 5 minutes or was wrong several times.',
    again: 'Send a new code',
    withPassword: 'Use the password instead',
    nothing:
      'No mail after a few minutes? Look into the folder for unwanted mail. Not every organization allows codes by mail; your password works as always.',
  },
}
