import type { ResponseQuestion, ResponseReading } from './reading.ts'
import type { XmlPool } from './xml-pool.ts'

/** Has a message judged by a thread. What a thread cannot finish is refused like anything else. */
export async function judgeResponse(pool: Pick<XmlPool, 'run'>, question: ResponseQuestion): Promise<ResponseReading> {
  const ran = await pool.run('response', question)
  switch (ran.kind) {
    case 'done':
      return withoutInheritance(ran.value)
    case 'busy':
      return { kind: 'refused', cause: 'busy', detail: 'too many messages are being read at once', seen: nothing }
    case 'given_up':
      return { kind: 'refused', cause: 'unreadable', detail: `reading it was given up: ${ran.detail}`, seen: nothing }
  }
}

/** What came from the thread was copied, and a copy inherits: an attribute `constructor` would be there though nobody has sent it. */
function withoutInheritance(reading: ResponseReading): ResponseReading {
  if (reading.kind === 'refused') return reading
  const attributes = Object.assign(Object.create(null), reading.assertion.attributes)
  return { ...reading, assertion: { ...reading.assertion, attributes } }
}

const nothing = { issuer: null, nameId: null, offsetMs: null }
