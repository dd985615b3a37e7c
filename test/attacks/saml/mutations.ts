import { isDeepStrictEqual } from 'node:util'
import { readResponse } from '../../../src/sso/read-response.ts'
import type { AcceptedAssertion, ResponseQuestion, ResponseReading } from '../../../src/sso/reading.ts'
import { createSeeded, type Seeded } from '../../support/seeded.ts'
import { encryptedAssertionOf } from './encrypting.ts'
import { attributeStatementOf, authnStatementOf, renderResponse } from './message.ts'
import { mutate, pick } from './mutate.ts'
import { messageOf, signAssertion } from './signing.ts'
import { makeWorld, questionOf, type World } from './world.ts'

/** A message that signs mallory in, and what its edits are wrapped into. */
interface Genuine {
  readonly name: string
  readonly xml: string
  /** From the edited text to the message. */
  readonly seal: (xml: string) => string
}

export interface MutationReport {
  readonly tried: number
  readonly accepted: number
  /** Accepted with anything that the untouched message does not say. */
  readonly problems: readonly string[]
}

export type Read = (question: ResponseQuestion) => ResponseReading

/** `each` sees every edited message and what became of it. */
export async function runMutations(
  seed: number,
  count: number,
  read: Read = readResponse,
  each?: (message: string, reading: ResponseReading, world: World) => Promise<string | null>,
  world: World = makeWorld(),
): Promise<MutationReport> {
  const seeded = createSeeded(seed)
  const problems: string[] = []
  let accepted = 0
  const sources = genuines(world)
  const untouched = new Map(sources.map(source => [source.name, untouchedOf(source, world, read)]))
  for (let i = 0; i < count; i++) {
    const source = pick(sources, seeded)
    const message = spell(source.seal(mutate(source.xml, world, seeded)), seeded)
    const reading = read(questionOf(world, message))
    if (reading.kind === 'accepted') {
      accepted++
      if (!isDeepStrictEqual(reading.assertion, untouched.get(source.name)))
        problems.push(
          `seed ${seed}, message ${i} of ${source.name}: ${JSON.stringify(reading.assertion)} from ${message}`,
        )
    }
    const problem = await each?.(message, reading, world)
    if (typeof problem === 'string')
      problems.push(`seed ${seed}, message ${i} of ${source.name}: ${problem} from ${message}`)
  }
  return { tried: count, accepted, problems }
}

function genuines(world: World): readonly Genuine[] {
  const statements =
    authnStatementOf(world) + attributeStatementOf({ groups: ['staff', 'admin'], mail: [world.mallory] })
  const encrypted = signAssertion(world, { statements })
  const plain = (xml: string) => xml
  return [
    { name: 'signed assertion', xml: messageOf(world, { statements }), seal: plain },
    { name: 'signed response', xml: messageOf(world, { statements }, 'response'), seal: plain },
    { name: 'both signed', xml: messageOf(world, { statements }, 'both'), seal: plain },
    {
      name: 'encrypted outside',
      xml: renderResponse(encrypted.sketch, encryptedAssertionOf(world, encrypted.whole)),
      seal: plain,
    },
    {
      name: 'encrypted inside',
      xml: encrypted.whole,
      seal: xml => renderResponse(encrypted.sketch, encryptedAssertionOf(world, xml)),
    },
  ]
}

function untouchedOf(source: Genuine, world: World, read: Read): AcceptedAssertion {
  const reading = read(questionOf(world, base64(source.seal(source.xml))))
  if (reading.kind === 'refused')
    throw new Error(`the untouched message (${source.name}) is refused: ${reading.cause}, ${reading.detail}`)
  return reading.assertion
}

/** Now and then the bytes are edited below the XML, or the base64 above it. */
function spell(xml: string, seeded: Seeded): string {
  const way = seeded.whole(0, 19)
  if (way === 0) return Buffer.from(xml, 'utf16le').toString('base64')
  if (way === 1) return Buffer.from(xml, 'latin1').toString('base64')
  if (way === 2) {
    const bytes = Buffer.from(xml)
    bytes[seeded.whole(0, bytes.length - 1)] = seeded.whole(0, 255)
    return bytes.toString('base64')
  }
  const text = base64(xml)
  if (way !== 3) return text
  const at = seeded.whole(0, text.length)
  return text.slice(0, at) + pick(['=', '\n', '-', 'A', ' ', '\u0000', '=='], seeded) + text.slice(at)
}

function base64(xml: string): string {
  return Buffer.from(xml).toString('base64')
}
