import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { extname } from 'node:path'

/** Script, style and icon of the pages: public, read once when the chat starts. */
export interface Assets {
  /** The address of an asset. It changes with the content of any of them, so browsers may keep it for good. */
  url(name: string): string
  send(path: string, response: ServerResponse): void
}

export async function loadAssets(): Promise<Assets> {
  const folder = new URL('./public/', import.meta.url)
  const names = (await readdir(folder)).filter(name => extname(name) in types).sort()
  const bodies = new Map<string, Buffer>()
  for (const name of names) bodies.set(name, await readFile(new URL(name, folder)))
  const hash = createHash('sha256')
  for (const body of bodies.values()) hash.update(body)
  const version = hash.digest('hex').slice(0, 12)
  return {
    url: name => `/public/${version}/${name}`,
    send(path, response) {
      const [, asked, name] = /^(?:([0-9a-f]{12})\/)?([\w.-]+)$/.exec(path) ?? []
      const body = bodies.get(name ?? '')
      response.setHeader('x-content-type-options', 'nosniff')
      if (body === undefined)
        return void response.writeHead(404, { 'content-type': 'text/plain' }).end('There is nothing here.\n')
      const keep = asked === version ? 'public, max-age=31536000, immutable' : 'no-cache'
      const type = types[extname(name ?? '')] ?? 'application/octet-stream'
      response.writeHead(200, { 'content-type': type, 'cache-control': keep, 'content-length': body.length }).end(body)
    },
  }
}

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}
