// As much of DER (X.690) as a certificate needs.

export function sequence(...parts: readonly Buffer[]): Buffer {
  return tlv(0x30, ...parts)
}

export function tlv(tag: number, ...parts: readonly Buffer[]): Buffer {
  const value = Buffer.concat(parts)
  const size = value.length
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255]
  return Buffer.concat([Buffer.from([tag, ...length]), value])
}

export function oid([first = 0, second = 0, ...rest]: readonly number[]): Buffer {
  const bytes = rest.flatMap(arc => {
    const septets = [arc & 127]
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) septets.unshift((left & 127) | 128)
    return septets
  })
  return tlv(0x06, Buffer.from([first * 40 + second, ...bytes]))
}
