// How plain columns become words again. A column holds no other words than its port has written (its check constraint says so
// where it matters), so what comes back is not parsed a second time.

/** A word of a closed list, or an id that its own parser made before it was stored. */
export function stored<Word extends string>(text: string): Word {
  return text as Word // because only the port of this column writes it, and it took a Word
}

export function storedJson<Value>(text: string): Value {
  return JSON.parse(text) as Value // because only the port of this column writes it, and it took a Value
}

export function flag(value: boolean): number {
  return value ? 1 : 0
}
