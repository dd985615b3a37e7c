import { monitorEventLoopDelay } from 'node:perf_hooks'
import { SAML, ValidateInResponseTo } from '@node-saml/node-saml'
import { systemClock } from '../../src/lib/clock.ts'
import { judgeResponse } from '../../src/sso/judge-response.ts'
import { createXmlPool } from '../../src/sso/xml-pool.ts'
import { encryptedMessageOf } from '../../test/attacks/saml/case.ts'
import { attributeStatementOf, authnStatementOf } from '../../test/attacks/saml/message.ts'
import { messageOf } from '../../test/attacks/saml/signing.ts'
import { makeWorld, questionOf, type World } from '../../test/attacks/saml/world.ts'
import { type Figure, summarize } from '../measure.ts'

/**
 * Answers of identity providers, read through the pool of threads, and by node-saml on the loop itself: how many in a second, and how long the
 * loop that serves requests stood still meanwhile.
 */
export async function benchSaml({ rounds, count }: { rounds: number; count: number }): Promise<readonly Figure[]> {
  const world = makeWorld({ now: systemClock.now() })
  const statements =
    authnStatementOf(world) + attributeStatementOf({ groups: ['staff', 'kitchen'], mail: [world.mallory] })
  const messages = {
    'signed assertion': messageOf(world, { statements }),
    'encrypted, signed assertion': encryptedMessageOf(world, { statements }),
  }
  const figures: Figure[] = []
  await using pool = createXmlPool({ clock: systemClock })
  for (const [kind, xml] of Object.entries(messages)) {
    const question = questionOf(world, Buffer.from(xml).toString('base64'))
    const ours = async () => {
      const reading = await judgeResponse(pool, question)
      if (reading.kind === 'refused') throw new Error(`the bench was refused: ${reading.cause}, ${reading.detail}`)
    }
    const saml = createNodeSaml(world)
    const theirs = async () => void (await saml.validatePostResponseAsync({ SAMLResponse: question.message }))
    figures.push(...(await measureBoth(`${kind}, threads`, { rounds, count, atOnce: 16 }, ours)))
    figures.push(...(await measureBoth(`${kind}, node-saml on the loop`, { rounds, count, atOnce: 1 }, theirs)))
  }
  return figures
}

interface Load {
  readonly rounds: number
  readonly count: number
  /** Sixteen keep both threads busy and do not fill their queue; on the loop one after the other is the kindest way. */
  readonly atOnce: number
}

async function measureBoth(name: string, load: Load, work: () => Promise<void>): Promise<Figure[]> {
  const { rounds, count, atOnce } = load
  const perSecond: number[] = []
  const pauses: number[] = []
  await runAll(count / 4, atOnce, work)
  for (let round = 0; round < rounds; round++) {
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const startedMs = performance.now()
    await runAll(count, atOnce, work)
    perSecond.push(count / ((performance.now() - startedMs) / 1_000))
    delay.disable()
    pauses.push(delay.max / 1e6)
  }
  return [summarize(name, 'per second', perSecond), summarize(`${name}: longest pause`, 'ms', pauses)]
}

async function runAll(count: number, atOnce: number, work: () => Promise<void>): Promise<void> {
  let left = Math.ceil(count)
  const worker = async () => {
    while (left-- > 0) {
      await work()
      // As requests come in between: the loop gets its turn.
      await new Promise(setImmediate)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

function createNodeSaml(world: World): SAML {
  const [decryptionPvk = ''] = questionOf(world, '').us.decryptionKeys
  return new SAML({
    idpCert: [world.a.certificate],
    idpIssuer: world.a.entityId,
    issuer: world.us.entityId,
    audience: world.us.entityId,
    callbackUrl: world.us.acsUrl,
    wantAssertionsSigned: true,
    wantAuthnResponseSigned: false,
    acceptedClockSkewMs: 120_000,
    decryptionPvk,
    validateInResponseTo: ValidateInResponseTo.never,
  })
}
