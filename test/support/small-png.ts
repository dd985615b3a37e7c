import { crc32, deflateSync, inflateSync } from 'node:zlib'

/** A screenshot with at most 256 colours, a third of its size: pages have few, and the shades of letters find a near one. */
export function shrinkPng(png: Buffer): Buffer {
  const { width, height, channels, rows } = decode(png)
  const counts = new Map<number, number>()
  const pixels = new Uint32Array(width * height)
  for (let i = 0; i < pixels.length; i++) {
    const at = i * channels
    const colour = ((rows[at] ?? 0) << 16) | ((rows[at + 1] ?? 0) << 8) | (rows[at + 2] ?? 0)
    pixels[i] = colour
    counts.set(colour, (counts.get(colour) ?? 0) + 1)
  }
  const byUse = [...counts].toSorted(([, a], [, b]) => b - a).map(([colour]) => colour)
  const palette = byUse.slice(0, 256)
  const indexOf = new Map(byUse.map((colour, i) => [colour, i < 256 ? i : nearest(palette, colour)]))
  const lines = Buffer.alloc((width + 1) * height)
  for (let i = 0; i < pixels.length; i++) lines[i + Math.floor(i / width) + 1] = indexOf.get(pixels[i] ?? 0) ?? 0
  return encode(width, height, palette, lines)
}

function nearest(palette: readonly number[], colour: number): number {
  const parts = (each: number) => [each >> 16, (each >> 8) & 255, each & 255] as const
  const [r, g, b] = parts(colour)
  const distances = palette.map(parts).map(([x, y, z]) => (x - r) ** 2 + (y - g) ** 2 + (z - b) ** 2)
  return distances.indexOf(Math.min(...distances))
}

/** As Chromium writes it: 8 bits, RGB or RGBA, not interlaced. */
function decode(png: Buffer): { width: number; height: number; channels: number; rows: Buffer } {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)]
  const channels = png[25] === 6 ? 4 : 3
  const data: Buffer[] = []
  for (let at = 8; at < png.length; at += png.readUInt32BE(at) + 12)
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT')
      data.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)))
  const raw = inflateSync(Buffer.concat(data))
  const stride = width * channels
  const rows = Buffer.alloc(stride * height)
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)] ?? 0
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x
      const left = x < channels ? 0 : (rows[at - channels] ?? 0)
      const up = y === 0 ? 0 : (rows[at - stride] ?? 0)
      const corner = x < channels || y === 0 ? 0 : (rows[at - stride - channels] ?? 0)
      rows[at] = (raw[y * (stride + 1) + 1 + x] ?? 0) + predicted(filter, left, up, corner)
    }
  }
  return { width, height, channels, rows }
}

/** The five filters of the PNG specification, 9.2. */
function predicted(filter: number, left: number, up: number, corner: number): number {
  if (filter === 0) return 0
  if (filter === 1) return left
  if (filter === 2) return up
  if (filter === 3) return (left + up) >> 1
  const guess = left + up - corner
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)]
  if (a <= b && a <= c) return left
  return b <= c ? up : corner
}

function encode(width: number, height: number, palette: readonly number[], lines: Buffer): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 3, 0, 0, 0], 8)
  const colours = Buffer.from(palette.flatMap(each => [each >> 16, (each >> 8) & 255, each & 255]))
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('PLTE', colours),
    chunk('IDAT', deflateSync(lines, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(name: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const named = Buffer.concat([Buffer.from(name, 'latin1'), data])
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, check])
}
