import { html } from 'hono/html'
import { encode } from 'uqr'
import type { Html } from '../../http/layout.ts'

/** A QR code as one path: no style, no image request, nothing that the content security policy would have to allow. */
export function qrPicture(text: string, title: string): Html {
  const { data, size } = encode(text, { ecc: 'M', border: 4 })
  let path = ''
  data.forEach((row, y) => {
    row.forEach((dark, x) => {
      if (dark && row[x - 1] !== true) path += `M${x} ${y}h${runFrom(row, x)}v1h-${runFrom(row, x)}z`
    })
  })
  return html`<svg class="qr" viewBox="0 0 ${size} ${size}" role="img" shape-rendering="crispEdges"><title>${title}</title><rect width="${size}" height="${size}" fill="#fff"/><path d="${path}" fill="#000"/></svg>`
}

/** How many dark squares stand side by side. */
function runFrom(row: readonly boolean[], x: number): number {
  let length = 0
  while (row[x + length] === true) length++
  return length
}
