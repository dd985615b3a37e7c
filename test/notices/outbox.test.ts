import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Journal } from '../../src/journal/journal.ts'
import type { Notice } from '../../src/notices/notice.ts'
import { createOutbox, type Outbox } from '../../src/notices/outbox.ts'
import { renderMail } from '../../src/notices/render.ts'
import { createSmtpTransport } from '../../src/notices/smtp.ts'
import { openSqliteStore, type SqliteStore } from '../../src/stores/sqlite/client.ts'
import { type MailSink, startMailSink } from '../support/mail-sink.ts'
import { createTestClock, type TestClock } from '../support/test-clock.ts'
import { until } from '../support/until.ts'

const notice: Notice = {
  kind: 'account_suspended',
  to: 'alice@example.com',
  language: 'en',
  facts: { name: 'Alice', at: 1_800_000_000_000 },
}

let folder: string
let clock: TestClock
let store: SqliteStore
let sink: MailSink
let told: { kind: string; wait: (kind: string) => Promise<void> }
let outbox: Outbox

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sekisho-outbox-'))
  clock = createTestClock()
  store = await openSqliteStore({ file: join(folder, 'store.db'), auditKey: Buffer.alloc(32, 1), clock })
  sink = await startMailSink()
  told = listener()
  outbox = open('one')
})

afterEach(async () => {
  await outbox.close()
  await sink.close()
  await store.close()
  rmSync(folder, { recursive: true })
})

/** Hears the outcome of each try from the journal: nothing here waits for time to pass. */
function listener() {
  const heard: string[] = []
  let wake = () => {}
  return {
    kind: '',
    hear(kind: string) {
      heard.push(kind)
      wake()
    },
    async wait(kind: string) {
      for (;;) {
        const at = heard.indexOf(kind)
        if (at >= 0) {
          heard.splice(at, 1)
          return
        }
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
    },
  }
}

function open(worker: string): Outbox {
  const heard = told as ReturnType<typeof listener> // because the shared variable is typed by what tests use of it
  const journal: Pick<Journal, 'mailed' | 'trouble'> = {
    mailed: kind => heard.hear(kind),
    trouble: (_what, cause) => {
      throw cause
    },
  }
  return createOutbox({
    store: store.outbox,
    transport: createSmtpTransport({
      host: '127.0.0.1',
      port: sink.port,
      tls: 'off',
      from: { name: 'Sekisho', address: 'noreply@example.com' },
    }),
    render: mail => renderMail(mail, { productName: 'Sekisho', portalOrigin: 'https://auth.example.com', support: '' }),
    clock,
    journal: journal as Journal, // because the outbox tells the journal of nothing else
    worker,
  })
}

describe('the outbox', () => {
  test('brings a notice out once, and says so', async () => {
    await store.outbox.add(notice, clock.now())

    outbox.wake()
    await told.wait('sent')
    outbox.wake()

    expect(sink.messages.map(({ subject }) => subject)).toEqual(['Your Sekisho account was suspended'])
    expect((await store.outbox.list('sent', 10)).length).toBe(1)
  })

  test('tries again later when the server says "not now", and then once', async () => {
    sink.behave({ kind: 'refuse', status: 451, at: 'rcpt' })
    await store.outbox.add(notice, clock.now())
    outbox.wake()
    await told.wait('retry')

    sink.behave({ kind: 'accept' })
    clock.advance(25_000)
    await told.wait('sent')

    expect(sink.messages.length).toBe(1)
  })

  test.each([
    ['hang', 'queued'],
    ['hang-after-data', 'ambiguous'],
  ] as const)(
    'a stop does not wait for a mail server that is silent (%s): the mail is %s then',
    async (kind, state) => {
      sink.behave({ kind })
      await store.outbox.add(notice, clock.now())
      outbox.wake()
      await (kind === 'hang' ? until(() => sink.counts.connections === 1) : sink.untilUnanswered(1))

      const closing = outbox.close()
      // Both moments: the one for servers that answer after all, and the one for writing down what became of it.
      clock.advance(400)
      await told.wait(kind === 'hang' ? 'retry' : 'ambiguous')
      await closing

      expect((await store.outbox.list(state, 10)).length).toBe(1)
      sink.behave({ kind: 'accept' })
      outbox.wake()
      expect(sink.counts.connections, 'nothing is claimed after the stop').toBe(1)
    },
  )

  test('gives up after a day', async () => {
    sink.behave({ kind: 'refuse', status: 451, at: 'rcpt' })
    await store.outbox.add(notice, clock.now())
    outbox.wake()
    await told.wait('retry')

    clock.advance(25 * 3_600_000)
    await told.wait('failed')

    expect((await store.outbox.list('failed', 10)).length).toBe(1)
  })

  test('never repeats a mail whose answer was lost', async () => {
    sink.behave({ kind: 'drop-after-data' })
    await store.outbox.add(notice, clock.now())
    outbox.wake()
    await told.wait('ambiguous')

    sink.behave({ kind: 'accept' })
    clock.advance(25 * 3_600_000)
    outbox.wake()
    await store.outbox.add({ ...notice, to: 'bob@example.com' }, clock.now())
    outbox.wake()
    await told.wait('sent')

    expect(sink.messages.map(({ to }) => to)).toEqual([['bob@example.com']])
    expect((await store.outbox.list('ambiguous', 10)).length).toBe(1)
  })

  test('marks what a dead process had handed over as ambiguous, and sends what it had only taken', async () => {
    await store.outbox.add(notice, clock.now())
    await store.outbox.add({ ...notice, to: 'bob@example.com' }, clock.now())
    const [first] = await store.outbox.claim('dead', clock.now(), clock.now() + 60_000, 8)
    await store.outbox.markHandedOver(first?.id ?? 0, 'dead', clock.now())

    clock.advance(61_000)
    outbox.wake()
    await told.wait('sent')

    expect(sink.messages.map(({ to }) => to)).toEqual([['bob@example.com']])
    expect((await store.outbox.list('ambiguous', 10)).map(({ notice: { to } }) => to)).toEqual(['alice@example.com'])
  })

  test('shares the work of two processes without sending anything twice', async () => {
    const other = open('two')
    for (let i = 0; i < 20; i++) await store.outbox.add({ ...notice, to: `p${i}@example.com` }, clock.now())

    outbox.wake()
    other.wake()
    for (let i = 0; i < 20; i++) await told.wait('sent')
    await other.close()

    const to = sink.messages.flatMap(mail => mail.to)
    expect(to.length).toBe(20)
    expect(new Set(to).size).toBe(20)
  })
})
