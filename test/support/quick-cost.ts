import type { HashCost } from '../../src/people/passwords.ts'

/** For tests in which passwords are hashed and it is not the cost of guessing them that is looked at. */
export const quickCost: HashCost = { memoryKib: 64, passes: 1 }
