import { type Kind, soon } from './batch.ts'

/** One piece of work of somebody: done with the others of its kind, or earlier when they cannot wait for it. */
export class Late {
  readonly #kind: Kind
  readonly #work: () => void
  #isDue = false

  constructor(kind: Kind, work: () => void) {
    this.#kind = kind
    this.#work = work
  }

  soon(): void {
    if (this.#isDue) return
    this.#isDue = true
    soon(this.#kind, this.settle)
  }

  atOnce(): void {
    this.#isDue = false
    this.#work()
  }

  /** Does it if it is still to be done. */
  readonly settle = (): void => {
    if (this.#isDue) this.atOnce()
  }
}
