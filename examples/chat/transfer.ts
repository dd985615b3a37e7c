import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { answerJson, answerText } from './answer.ts'
import { type Files, fileBytesMax, type StoredFile } from './files.ts'
import { parseRange } from './range.ts'
import type { Attachment } from './room.ts'

/** Takes a file as the body of a request; its name comes percent-encoded in `x-file-name`, which no foreign form can send. */
export async function receiveFile(
  request: IncomingMessage,
  response: ServerResponse,
  files: Files,
  space: string,
): Promise<void> {
  const name = readName(request.headers['x-file-name'])
  if (name === null) return answerJson(response, 400, { error: 'name_missing' })
  if (Number(request.headers['content-length'] ?? 0) > fileBytesMax) return refuseLarge(request, response)
  const stored = await files.store(request, { name, type: readType(request.headers['content-type']), space })
  switch (stored.kind) {
    case 'stored':
      return answerJson(response, 201, describeFile(stored.file))
    case 'too_large':
      return refuseLarge(request, response)
    case 'broken_off':
      response.destroy()
  }
}

/** Sends a file or a part of it. HEAD, ranges and If-None-Match as browsers and download managers ask. */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  files: Files,
  file: StoredFile,
): Promise<void> {
  const tag = `"${file.id}"`
  const isShown = shownTypes.has(file.type)
  response.setHeader('etag', tag)
  response.setHeader('cache-control', 'private, no-cache') // asked for each time, so that who may no longer see it does not
  response.setHeader('x-content-type-options', 'nosniff')
  if (request.headers['if-none-match'] === tag) return void response.writeHead(304).end()
  // Whatever somebody uploaded must never run as a page of ours: no sniffing, no script, and a download unless it is a picture.
  response.setHeader('content-security-policy', "default-src 'none'; sandbox")
  response.setHeader('content-type', isShown ? file.type : 'application/octet-stream')
  response.setHeader('content-disposition', describeDisposition(isShown ? 'inline' : 'attachment', file.name))
  response.setHeader('accept-ranges', 'bytes')
  const condition = request.headers['if-range']
  const isSame = condition === undefined || condition === tag
  const range = parseRange(isSame ? request.headers.range : undefined, file.size)
  if (range.kind === 'outside') {
    response.setHeader('content-range', `bytes */${file.size}`)
    return answerText(response, 416, 'That part does not exist.')
  }
  const { start, end } = range.kind === 'part' ? range : { start: 0, end: file.size - 1 }
  if (range.kind === 'part') response.setHeader('content-range', `bytes ${start}-${end}/${file.size}`)
  response.setHeader('content-length', end - start + 1)
  response.writeHead(range.kind === 'part' ? 206 : 200)
  if (request.method === 'HEAD' || file.size === 0) return void response.end()
  await pipeline(files.open(file, start, end), response).catch(() => response.destroy()) // the reader went away
}

// Shown in the page. SVG is not among them: it is a document that can carry script.
const shownTypes = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'])

/** What pages are told of a file. */
export function describeFile({ id, name, type, size }: StoredFile): Attachment {
  return { id, name, type, size }
}

/** RFC 6266: a plain name for old readers, and the true one, percent-encoded (RFC 8187). */
export function describeDisposition(kind: 'inline' | 'attachment', name: string): string {
  const plain = name.replace(/[^\w. -]/g, '_')
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${kind}; filename="${plain}"; filename*=UTF-8''${encoded}`
}

function refuseLarge(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('connection', 'close')
  answerJson(response, 413, { error: 'too_large', bytesMax: fileBytesMax })
  request.resume() // read on for a moment: a connection reset would reach the browser before the answer does
  const stop = setTimeout(() => request.destroy(), 2_000)
  stop.unref()
  request.on('close', () => clearTimeout(stop))
}

function readName(field: string | string[] | undefined): string | null {
  if (typeof field !== 'string' || field.length > 2_000) return null
  try {
    // No folders, no control or direction characters: "gpj.exe" must not show as "exe.jpg".
    const name = decodeURIComponent(field)
      .replace(/[\p{Cc}\p{Cf}]/gu, '')
      .replace(/[/\\]/g, '_')
      .trim()
    const letters = Array.from(name)
    const short = letters.length <= 120 ? name : `${letters.slice(0, 100).join('')}${letters.slice(-20).join('')}`
    return short.replace(/^\.+$/, '') === '' ? null : short
  } catch {
    return null
  }
}

function readType(field: string | undefined): string {
  const type = field?.split(';')[0]?.trim().toLowerCase() ?? ''
  return /^[a-z]+\/[a-z0-9.+-]{1,80}$/.test(type) ? type : 'application/octet-stream'
}
