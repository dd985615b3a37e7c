/** Members by one of their names. A name is kept as long as somebody bears it. */
export interface NameIndex<Member> {
  add(name: string | null, member: Member): void
  remove(name: string | null, member: Member): void
  get(name: string): ReadonlySet<Member>
}

export function createNameIndex<Member>(): NameIndex<Member> {
  const byName = new Map<string, Set<Member>>()
  const nobody: ReadonlySet<Member> = new Set()
  return {
    add(name, member) {
      if (name === null) return
      const members = byName.get(name)
      if (members === undefined) byName.set(name, new Set([member]))
      else members.add(member)
    },
    remove(name, member) {
      const members = name === null ? undefined : byName.get(name)
      if (name === null || members === undefined) return
      members.delete(member)
      if (members.size === 0) byName.delete(name)
    },
    get: name => byName.get(name) ?? nobody,
  }
}
