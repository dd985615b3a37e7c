import { Fault } from '../lib/fault.ts'

export interface Agent {
  /** Such as "Chrome on Windows"; safe in mails and pages, 80 characters at most. */
  readonly label: string
  readonly mobile: boolean
}

/** Names a browser by its user agent. A hint for people, never a control: agents say what they like. */
export function describeAgent(_agent: string): Agent {
  throw new Fault('not_implemented')
}
