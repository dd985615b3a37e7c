/** What of a body is no body: chunk extensions and trailers without end cost us and nobody else (CVE-2024-22019). */
export class BodyOverhead {
  #body = 0
  #other = 0

  begin(): void {
    this.#body = 0
    this.#other = 0
  }

  /** Of `read` bytes so many were of the body. False: too few. */
  allows(read: number, body: number): boolean {
    this.#body += body
    this.#other += read - body
    return this.#other <= otherMax + this.#body * otherPerByte
  }
}

/** Sizes of chunks of one byte: five bytes for each. */
const otherPerByte = 16
const otherMax = 16 * 1024
