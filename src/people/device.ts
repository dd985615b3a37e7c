import { BROWSER_MAP, OS_MAP, parse } from 'bowser'

export interface Agent {
  /** Such as "Chrome on Windows"; made of known names alone: safe in mails and pages. */
  readonly label: string
  readonly mobile: boolean
}

/** Names a browser by its user agent. A hint for people, never a control: agents say what they like. */
export function describeAgent(agent: string): Agent {
  // 50 KB of hostile text cost the library 7 ms.
  const text = agent.slice(0, agentLengthMax)
  if (text.trim() === '') return { label: unknownLabel, mobile: false }
  const { browser, os, platform } = parse(text)
  const names = [known(browser.name, browserNames), known(os.name, systemNames)].filter(name => name !== '')
  return {
    label: names.length === 0 ? unknownLabel : names.join(' on '),
    mobile: platform.type === 'mobile' || platform.type === 'tablet',
  }
}

/** What is kept of a user agent with a session. */
export const agentLengthMax = 512

export const unknownLabel = 'Unknown browser'

const browserNames: ReadonlySet<string> = new Set(Object.values(BROWSER_MAP))
const systemNames: ReadonlySet<string> = new Set(Object.values(OS_MAP))

/** For an agent it does not know the library takes the agent's own words; the label stands in the subject of mails, where they could say anything. */
function known(name: string | undefined, names: ReadonlySet<string>): string {
  return name !== undefined && names.has(name) ? name : ''
}
