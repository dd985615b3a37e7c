export interface PasswordAdvice {
  readonly label: string
  /** For the scores 0 to 4. */
  readonly scores: readonly string[]
  readonly guessable: string
  readonly generally: string
  readonly warnings: Readonly<Record<string, string>>
  readonly suggestions: Readonly<Record<string, string>>
}

/** What the estimate of a new password says, in words for the person; the codes are those of people/strength.ts. */
export const passwordAdviceEn: PasswordAdvice = {
  label: 'How hard this password is to guess',
  scores: [
    'Guessed at once.',
    'Guessed within minutes.',
    'Guessed within days.',
    'Hard to guess.',
    'Very hard to guess.',
  ],
  guessable: 'It is easy to guess.',
  generally: 'Three or four words that have nothing to do with each other are best.',
  warnings: {
    straightRow: 'A row of keys is tried first.',
    keyPattern: 'A short pattern on the keyboard is tried first.',
    simpleRepeat: 'The same character again and again adds nothing.',
    extendedRepeat: 'Saying the same twice adds next to nothing.',
    sequences: 'What goes on by itself, such as abc, 123 or the days of the week, adds nothing.',
    recentYears: 'Years of our time are tried first.',
    dates: 'Dates are tried first: there are few of them.',
    topTen: 'It is one of the most used passwords there are.',
    topHundred: 'It is one of the most used passwords there are.',
    common: 'It is a very common password.',
    similarToCommon: 'It is close to a very common password.',
    wordByItself: 'A single word is tried first.',
    namesByThemselves: 'A single name is tried first.',
    commonNames: 'Common names are tried first.',
    userInputs: 'It is made of your name, your address, your organization or the name of this service.',
    pwned: 'It is known from break-ins at other services.',
  },
  suggestions: {
    l33t: 'Digits and signs in place of letters do not help: everybody does that.',
    reverseWords: 'Words written backwards do not help.',
    allUppercase: 'Capitals alone do not help.',
    capitalization: 'A capital at the beginning does not help.',
    dates: 'Leave out dates that have to do with you.',
    recentYears: 'Leave out years.',
    associatedYears: 'Leave out years that have to do with you.',
    sequences: 'Leave out what goes on by itself.',
    repeated: 'Leave out what repeats.',
    longerKeyboardPattern: 'Leave out patterns of the keyboard.',
    anotherWord: 'Add another word or two that nobody would expect.',
    useWords: 'Use a few words that nobody would expect together.',
    pwned: 'Choose one that you use nowhere else.',
  },
}
