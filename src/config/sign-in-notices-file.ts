import { checkAgainst } from './explain-issues.ts'
import type { SignInNoticesConfig } from './gateway-config.ts'
import { formatProblem, type Problem } from './problem.ts'
import { compileSignInNotices, signInNotices } from './sign-in-notices-schema.ts'
import { readYaml } from './yaml-source.ts'

export type SignInNoticesRead =
  | { readonly kind: 'good'; readonly settings: SignInNoticesConfig }
  | { readonly kind: 'bad'; readonly problems: readonly string[] }

/** The keys of `signInNotices`, alone or under that name: what a preview tries before gateway.yaml says it. */
export function readSignInNotices(text: string, name: string): SignInNoticesRead {
  if (text.trim() === '') return { kind: 'good', settings: compileSignInNotices(signInNotices.parse({})) }
  const read = readYaml(name, text)
  if (read.kind === 'unreadable') return bad(read.problems)
  const path = /^signInNotices:/m.test(text) ? ['signInNotices'] : []
  const section = checkAgainst(signInNotices, read.source, path)
  if (section.value === null) return bad(section.problems)
  return { kind: 'good', settings: compileSignInNotices(section.value) }
}

function bad(problems: readonly Problem[]): SignInNoticesRead {
  return { kind: 'bad', problems: problems.map(formatProblem) }
}
