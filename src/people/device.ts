import { parse } from 'bowser'

export interface Agent {
  /** Such as "Chrome on Windows"; safe in mails and pages, 80 characters at most. */
  readonly label: string
  readonly mobile: boolean
}

/** Names a browser by its user agent. A hint for people, never a control: agents say what they like. */
export function describeAgent(agent: string): Agent {
  // 50 KB of hostile text cost the library 7 ms.
  const text = agent.slice(0, agentLengthMax)
  if (text.trim() === '') return { label: unknown, mobile: false }
  const { browser, os, platform } = parse(text)
  const names = [plainName(browser.name), plainName(os.name)].filter(name => name !== '')
  return {
    label: names.length === 0 ? unknown : names.join(' on '),
    mobile: platform.type === 'mobile' || platform.type === 'tablet',
  }
}

/** What is kept of a user agent with a session. */
export const agentLengthMax = 512

const unknown = 'Unknown browser'

/** The label stands in mails: a name that the agent chose itself must not hold markup, line ends or an address to click on. */
function plainName(name: string | undefined): string {
  return (name ?? '').replace(/[^A-Za-z0-9 +-]/g, '').slice(0, 38)
}
