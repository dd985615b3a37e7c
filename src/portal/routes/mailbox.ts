import { Hono } from 'hono'
import type { PageApp, PageEnv } from '../../http/page-env.ts'
import { Fault } from '../../lib/fault.ts'
import type { Mailbox } from '../../notices/mailbox.ts'
import type { PageWriter } from '../page-writer.ts'
import { mailboxContent, mailContent } from '../pages/mailbox.ts'
import type { VisitOf } from '../visit.ts'

export interface MailboxRoutesNeeds {
  readonly visitOf: VisitOf
  readonly mailbox: Pick<Mailbox, 'list' | 'find'>
  readonly writer: PageWriter
}

/** `/mailbox`: development only. It exists when mails are kept in memory instead of being sent, and holds no others. */
export function mailboxRoutes({ visitOf, mailbox, writer }: MailboxRoutesNeeds): PageApp {
  const app: PageApp = new Hono<PageEnv>()

  app.get('/mailbox', c => {
    const visit = visitOf(c.env.head, c.env.receipt)
    const content = mailboxContent(visit.words, mailbox.list(), visit.language)
    return writer.write(visit, { title: visit.words.mailbox.title, content, width: 'console' })
  })

  app.get('/mailbox/:id', c => {
    const visit = visitOf(c.env.head, c.env.receipt)
    const mail = mailbox.find(c.req.param('id'))
    if (mail === null) throw new Fault('not_found')
    const content = mailContent(visit.words, mail, visit.language)
    return writer.write(visit, { title: mail.subject, content, width: 'console' })
  })
  return app
}
