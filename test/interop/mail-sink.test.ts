import { createTransport, type SendMailOptions } from 'nodemailer'
import { expect, onTestFinished, test } from 'vitest'
import { type MailSink, startMailSink } from '../support/mail-sink.ts'

const letter: SendMailOptions = {
  from: 'gate@example.com',
  to: 'alice@example.com',
  subject: '新しい端末からのログイン',
  text: 'plain part',
  html: '<p>rich part</p>',
}

test('a delivered mail is kept with its envelope, its subject and both its parts', async () => {
  const sink = await startSink()

  await post(sink, { ...letter, envelope: { from: 'gate@example.com', to: 'stored@example.com' } })

  expect(sink.messages).toHaveLength(1)
  expect(sink.messages[0]).toMatchObject({
    from: 'gate@example.com',
    to: ['stored@example.com'],
    subject: '新しい端末からのログイン',
  })
  expect(sink.messages[0]?.text.trim()).toBe('plain part')
  expect(sink.messages[0]?.html.trim()).toBe('<p>rich part</p>')
  expect(sink.messages[0]?.parsed.to?.[0]?.address).toBe('alice@example.com')
})

test('whoever waits gets the mail that fits, each mail once, also when it was there before', async () => {
  const sink = await startSink()
  await post(sink, { ...letter, subject: 'one' })
  const second = sink.next(mail => mail.subject === 'two')

  await post(sink, { ...letter, subject: 'two' })

  expect((await sink.next()).subject).toBe('one')
  expect((await second).subject).toBe('two')
  await expect(sink.next(() => true, 20)).rejects.toThrow('arrived so far: alice@example.com: one')
})

test.each([
  { at: 'mail', status: 451 },
  { at: 'rcpt', status: 550 },
  { at: 'data', status: 452 },
] as const)('a sink that refuses at $at with $status keeps nothing and counts it', async ({ at, status }) => {
  const sink = await startSink()
  sink.behave({ kind: 'refuse', at, status })

  await expect(post(sink, letter)).rejects.toMatchObject({ responseCode: status })

  expect(sink.messages).toEqual([])
  expect(sink.counts).toEqual({ connections: 1, refused: 1 })
})

test('a sink that drops the connection after the data has the mail, and its sender never hears so', async () => {
  const sink = await startSink()
  sink.behave({ kind: 'drop-after-data' })

  await expect(post(sink, letter)).rejects.toThrow()

  await sink.untilUnanswered(1)
  expect(sink.messages).toEqual([])
  expect(sink.unanswered.map(mail => mail.to)).toEqual([['alice@example.com']])
})

test('a sink that hangs after the data answers nothing at all', async () => {
  const sink = await startSink()
  sink.behave({ kind: 'hang-after-data' })
  const transport = createTransport({ host: '127.0.0.1', port: sink.port, socketTimeout: 3_000 })

  const posted = transport.sendMail(letter)

  await sink.untilUnanswered(1)
  await expect(posted).rejects.toThrow('imeout')
  expect(sink.messages).toEqual([])
})

test('a sink that hangs does not even take the sender', async () => {
  const sink = await startSink()
  sink.behave({ kind: 'hang' })
  const transport = createTransport({ host: '127.0.0.1', port: sink.port, socketTimeout: 3_000 })

  await expect(transport.sendMail(letter)).rejects.toThrow('imeout')
  expect(sink.unanswered).toEqual([])
})

async function startSink(): Promise<MailSink> {
  const sink = await startMailSink()
  onTestFinished(() => sink.close())
  return sink
}

async function post(sink: MailSink, message: SendMailOptions): Promise<void> {
  await createTransport({ host: '127.0.0.1', port: sink.port }).sendMail(message)
}
