/** A name as administrators may see it in the list of last answers: its first letter and its domain (`m•••@corp.test`). */
export function redactName(name: string | null): string | null {
  if (name === null) return null
  const at = name.lastIndexOf('@')
  const domain = at < 0 ? '' : name.slice(at)
  const [first = ''] = name
  return `${first}•••${domain}`.slice(0, lengthMax)
}

/** Values in details are cut here: a message may hold anything. */
export function cutText(text: string): string {
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`
}

const lengthMax = 200
