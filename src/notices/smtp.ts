import { once } from 'node:events'
import { Readable } from 'node:stream'
import MailComposer from 'nodemailer/lib/mail-composer'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import { asError } from '../lib/as-error.ts'
import type { Secret } from '../lib/secret.ts'
import type { Delivery, Transport } from './outbox.ts'
import type { RenderedMail } from './render.ts'

export interface SmtpOptions {
  readonly host: string
  readonly port: number
  /** `required` starts plain and insists on STARTTLS; `off` is for a relay on the same machine. */
  readonly tls: 'implicit' | 'required' | 'off'
  readonly user?: string
  readonly password?: Secret
  /** `Name <address>` of the sender, from configuration only. */
  readonly from: { readonly name: string; readonly address: string }
}

const connectTimeoutMs = 10_000
const answerTimeoutMs = 30_000

/**
 * One connection per mail, through the library's own SMTP client rather than its transports: only there is it certain that the body
 * starts after the server's 354, and so that `handOver` is written before the first byte and no earlier.
 */
export function createSmtpTransport(options: SmtpOptions): Transport {
  return {
    async send(mail, handOver, stop) {
      const bytes = await compose(options, mail)
      using stopped = whenStopped(stop)
      const progress: Progress = { handedOver: false, ours: true }
      const connection = new SMTPConnection({
        host: options.host,
        port: options.port,
        secure: options.tls === 'implicit',
        requireTLS: options.tls === 'required',
        ignoreTLS: options.tls === 'off',
        connectionTimeout: connectTimeoutMs,
        greetingTimeout: connectTimeoutMs,
        socketTimeout: answerTimeoutMs,
      })
      // An error that comes after the outcome is settled changes nothing, and must not be one that nobody caught.
      connection.on('error', () => {})
      try {
        await Promise.race([stopped.promise, connect(connection, options)])
        const body = bodyAfter(handOver, bytes, progress)
        const answer = await Promise.race([stopped.promise, sendBody(connection, options, mail, body)])
        return { kind: 'taken', answer }
      } catch (cause) {
        return deliveryOf(cause, progress)
      } finally {
        connection.close()
      }
    },
  }
}

/** Rejects when the sender has to stop; a connection that hangs is closed by it like one that broke. */
function whenStopped(stop: AbortSignal): Disposable & { readonly promise: Promise<never> } {
  const { promise, reject } = Promise.withResolvers<never>()
  promise.catch(() => undefined)
  const give = () => reject(asError(stop.reason))
  if (stop.aborted) give()
  else stop.addEventListener('abort', give, { once: true })
  // The signal lives as long as the gateway does: each mail would stay in its list for ever.
  return { promise, [Symbol.dispose]: () => stop.removeEventListener('abort', give) }
}

interface Progress {
  handedOver: boolean
  ours: boolean
}

async function compose(options: SmtpOptions, mail: RenderedMail): Promise<Buffer> {
  const composer = new MailComposer({
    from: options.from,
    // As an object: a string would be parsed, and a clever local part could name a second recipient (CVE-2025-13033).
    to: { name: '', address: mail.to },
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    messageId: mail.messageId,
    headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': mail.language },
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return composer.compile().build()
}

async function connect(connection: SMTPConnection, options: SmtpOptions): Promise<void> {
  const failed = once(connection, 'error').then(([cause]: unknown[]) => Promise.reject(asError(cause)))
  failed.catch(() => undefined)
  await Promise.race([failed, new Promise<void>(resolve => connection.connect(() => resolve()))])
  const { user, password } = options
  if (user === undefined || password === undefined) return
  const login = new Promise<void>((resolve, reject) =>
    connection.login({ user, pass: password.reveal() }, cause => (cause ? reject(asError(cause)) : resolve())),
  )
  await Promise.race([failed, login])
}

function sendBody(
  connection: SMTPConnection,
  options: SmtpOptions,
  mail: RenderedMail,
  body: Readable,
): Promise<string> {
  return new Promise((resolve, reject) => {
    connection.once('error', cause => reject(asError(cause)))
    connection.once('end', () => reject(new Error('the connection ended before the answer')))
    body.once('error', reject)
    connection.send({ from: options.from.address, to: [mail.to] }, body, (cause, info) =>
      cause ? reject(asError(cause)) : resolve(info?.response ?? ''),
    )
  })
}

/** The body, which asks to be handed over when the server is ready for its first byte. */
function bodyAfter(handOver: () => Promise<boolean>, bytes: Buffer, progress: Progress): Readable {
  let asked = false
  return new Readable({
    read() {
      if (asked) return
      asked = true
      handOver().then(
        ours => {
          progress.ours = ours
          progress.handedOver = ours
          if (!ours) {
            this.destroy(new Error('the lease ran out'))
            return
          }
          this.push(bytes)
          this.push(null)
        },
        (cause: unknown) => this.destroy(asError(cause)),
      )
    },
  })
}

/** An answer of the server is certain, whichever it is. Without one it matters whether the body had left. */
function deliveryOf(cause: unknown, progress: Progress): Delivery {
  const error = asError(cause)
  const answer = error.message.slice(0, 200)
  if (!progress.ours) return { kind: 'not_ours' }
  const code = 'responseCode' in error && typeof error.responseCode === 'number' ? error.responseCode : 0
  if (code >= 500 && isAboutThisMail(error)) return { kind: 'never', answer }
  if (code >= 400) return { kind: 'not_now', answer }
  return progress.handedOver ? { kind: 'unknown', answer } : { kind: 'not_now', answer }
}

/** A 5xx to the greeting, STARTTLS or the login is about our settings: an operator mends those, and the mail goes out then. */
function isAboutThisMail(error: Error): boolean {
  return 'code' in error && (error.code === 'EENVELOPE' || error.code === 'EMESSAGE')
}
