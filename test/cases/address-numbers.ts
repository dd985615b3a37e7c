// Addresses as plain numbers, apart from how the gateway reads them.

export function numberOfIPv4(text: string): bigint {
  return text.split('.').reduce((number, part) => number * 256n + BigInt(part), 0n)
}

export function numberOfIPv6(text: string): bigint {
  const [left = '', right] = text.split('::')
  const head = left.split(':').filter(group => group !== '')
  const tail = (right ?? '').split(':').filter(group => group !== '')
  const zeros: string[] = Array.from({ length: 8 - head.length - tail.length }, () => '0')
  return [...head, ...zeros, ...tail].reduce((number, group) => number * 65_536n + BigInt(`0x${group}`), 0n)
}

export function writeIPv4(number: bigint): string {
  return [24n, 16n, 8n, 0n].map(shift => (number >> shift) & 255n).join('.')
}

export function writeIPv6(number: bigint): string {
  return [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map(shift => ((number >> shift) & 65_535n).toString(16)).join(':')
}
