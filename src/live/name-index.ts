/** Members by one of their names. A name is kept as long as somebody bears it. */
export interface NameIndex<Member> {
  add(name: string | null, member: Member): void
  remove(name: string | null, member: Member): void
  get(name: string): ReadonlySet<Member>
}

export function createNameIndex<Member extends object>(): NameIndex<Member> {
  // Almost every name is borne by one at a time: that one stands alone, without a set of its own.
  const byName = new Map<string, Member | Set<Member>>()
  return {
    add(name, member) {
      if (name === null) return
      const borne = byName.get(name)
      if (borne === undefined) byName.set(name, member)
      else if (borne instanceof Set) borne.add(member)
      else byName.set(name, new Set([borne, member]))
    },
    remove(name, member) {
      if (name === null) return
      const borne = byName.get(name)
      if (borne === member) byName.delete(name)
      else if (borne instanceof Set && borne.delete(member) && borne.size === 0) byName.delete(name)
    },
    get(name) {
      const borne = byName.get(name)
      if (borne === undefined) return new Set()
      return borne instanceof Set ? borne : new Set([borne])
    },
  }
}
