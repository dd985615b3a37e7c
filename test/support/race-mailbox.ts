import { createPortalVisitor } from './portal-visitor.ts'
import type { RaceTrack } from './races.ts'
import { until } from './until.ts'

/** What a mail or a text message brought, found on the development mailboxes of all gateways: either may have sent it. */
export async function readMail({ deployment, ports }: RaceTrack, to: string, wanted: RegExp): Promise<string> {
  const seen = new Set<string>()
  let found: string | null = null
  const look = async (port: number) => {
    const visitor = createPortalVisitor({ port })
    const { body } = await visitor.get(`${deployment.portalOrigin}/mailbox`)
    for (const [, address, id] of body.matchAll(/>([^<>]+)<\/td>\s*<td[^>]*><a href="\/mailbox\/(\d+)"/g)) {
      if (address !== to || seen.has(`${port} ${id}`)) continue
      seen.add(`${port} ${id}`)
      const mail = await visitor.get(`${deployment.portalOrigin}/mailbox/${id}`)
      found ??= wanted.exec(mail.body)?.[1] ?? null
    }
  }
  await until(async () => {
    await Promise.all(ports.map(look))
    return found !== null
  })
  return found ?? ''
}

export const sixDigits = /\b(\d{6})\b/
