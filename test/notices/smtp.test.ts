import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RenderedMail } from '../../src/notices/render.ts'
import { createSmtpTransport } from '../../src/notices/smtp.ts'
import { type MailSink, startMailSink } from '../support/mail-sink.ts'

const mail: RenderedMail = {
  to: 'alice@example.com',
  subject: 'パスワードの再設定',
  text: 'Guten Tag, こんにちは\n.\n.. a line of dots\n',
  html: '<p>こんにちは</p>',
  language: 'ja',
  messageId: '<abc@auth.example.com>',
}

let sink: MailSink
beforeEach(async () => {
  sink = await startMailSink()
})
afterEach(() => sink.close())

function transport(port = sink.port) {
  return createSmtpTransport({
    host: '127.0.0.1',
    port,
    tls: 'off',
    from: { name: 'Sekisho', address: 'noreply@example.com' },
  })
}

const goesOn = new AbortController().signal

/** Counts the hand-overs and answers them. */
function handOver(ours = true) {
  const calls = { count: 0, ask: async () => ours }
  calls.ask = async () => {
    calls.count += 1
    return ours
  }
  return calls
}

describe('a mail over SMTP', () => {
  test('arrives whole at exactly the one address, in its language', async () => {
    const given = handOver()

    const delivery = await transport().send(mail, given.ask, goesOn)

    expect(delivery.kind).toBe('taken')
    expect(given.count).toBe(1)
    const [received] = sink.messages
    expect(received?.to).toEqual(['alice@example.com'])
    expect(received?.subject).toBe('パスワードの再設定')
    expect(received?.text.replaceAll('\r\n', '\n').trim()).toBe(mail.text.trim())
    expect(received?.parsed.messageId).toBe('<abc@auth.example.com>')
  })

  test('leaves nothing behind in a gateway that runs for years', async () => {
    await transport().send(mail, handOver().ask, goesOn)

    expect(getEventListeners(goesOn, 'abort')).toEqual([])
  })

  test('does not go to a second address that hides in the first (CVE-2025-13033)', async () => {
    const to = '"x@evil.test x"@example.com'

    await transport().send({ ...mail, to }, handOver().ask, goesOn)

    const recipients = sink.messages.flatMap(({ to: all }) => all)
    expect(recipients.filter(address => address.endsWith('evil.test'))).toEqual([])
  })

  test('is not handed over before the server has taken the envelope', async () => {
    sink.behave({ kind: 'refuse', status: 450, at: 'rcpt' })
    const given = handOver()

    const delivery = await transport().send(mail, given.ask, goesOn)

    expect(delivery.kind).toBe('not_now')
    expect(given.count).toBe(0)
  })

  test('that a server refuses for good is never tried again', async () => {
    sink.behave({ kind: 'refuse', status: 550, at: 'rcpt' })

    expect((await transport().send(mail, handOver().ask, goesOn)).kind).toBe('never')
  })

  test('that a server refuses after the body was certainly not taken', async () => {
    sink.behave({ kind: 'refuse', status: 451, at: 'data' })

    expect((await transport().send(mail, handOver().ask, goesOn)).kind).toBe('not_now')
  })

  test('whose answer was lost after the body is ambiguous', async () => {
    sink.behave({ kind: 'drop-after-data' })

    expect((await transport().send(mail, handOver().ask, goesOn)).kind).toBe('unknown')
  })

  test('to a server that is away waits', async () => {
    const { port } = sink
    await sink.close()

    const given = handOver()
    expect((await transport(port).send(mail, given.ask, goesOn)).kind).toBe('not_now')
    expect(given.count).toBe(0)
  })

  test('whose lease ran out does not leave', async () => {
    const delivery = await transport().send(mail, handOver(false).ask, goesOn)

    expect(delivery.kind).toBe('not_ours')
    expect(sink.messages).toEqual([])
    expect(sink.unanswered).toEqual([])
  })
})
