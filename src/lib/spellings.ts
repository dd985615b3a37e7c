import { ownText } from './own-text.ts'

/**
 * What was worked out for texts that come again: names of fields and cookies, hosts. Honest clients spell few of them, an attacker as many
 * as he likes. A full table takes nothing in for a while, because to keep what never comes again costs as much as to judge it; then it is
 * emptied, and fills with what is in use. So it never grows, and who has filled it with junk has slowed nobody down for long.
 */
export class Spellings<Value> extends Map<string, Value> {
  #turnedAway = 0

  /** Keeps it, or does not. */
  remember(text: string, value: Value): void {
    if (text.length > charactersMax) return
    if (this.size >= spellingsMax) {
      this.#turnedAway += 1
      if (this.#turnedAway < patience) return
      this.#turnedAway = 0
      this.clear()
    }
    const own = ownText(text)
    // Beyond latin1 two texts would share one entry, and one of them the other's judgement.
    if (own === text) this.set(own, value)
  }
}

/** Some ten times what one application and all browsers use. */
export const spellingsMax = 1000
/** Texts that a full table turns away before it is emptied: some hundred requests of browsers, and a tenth of the work in a flood. */
export const patience = 10 * spellingsMax
const charactersMax = 256
