export interface OpenPaths {
  readonly prefixes: readonly string[]
  readonly exact: readonly string[]
}

/**
 * Every reading of a forwarded target that lies outside the open paths: as sent, decoded once and twice, without dot segments, with
 * merged slashes, with backslashes as slashes, without path parameters, in lower case, without control bytes. Empty: it stays inside.
 */
export function leavesOpenPaths(target: string, open: OpenPaths): string[] {
  const readings = new Set([target.split('?')[0] ?? ''])
  // Three rounds: a reading of a reading of a reading is as deep as backends have been seen to go.
  for (let round = 0; round < 3; round++)
    for (const path of [...readings]) for (const read of readers) readings.add(read(path))
  return [...readings].filter(path => !isOpen(path, open))
}

function isOpen(path: string, { prefixes, exact }: OpenPaths): boolean {
  return exact.includes(path) || prefixes.some(prefix => path.startsWith(prefix))
}

const readers: readonly ((path: string) => string)[] = [
  decode,
  removeDotSegments,
  path => path.replaceAll(/\/{2,}/g, '/'),
  path => path.replaceAll('\\', '/'),
  path => path.replaceAll(/;[^/]*/g, ''),
  path => path.toLowerCase(),
  path => path.replaceAll(/[\u0000-\u001f\u007f]/g, ''),
  path => path.replace(/\u0000[\s\S]*/, ''),
]

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  }
}

function removeDotSegments(path: string): string {
  const kept: string[] = []
  const segments = path.split('/')
  segments.forEach((segment, i) => {
    const last = i === segments.length - 1
    if (segment === '..' && kept.length > 1) kept.pop()
    if (segment !== '.' && segment !== '..') kept.push(segment)
    else if (last) kept.push('')
  })
  return kept.join('/') || '/'
}
