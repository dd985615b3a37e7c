import type { Decision } from '../policy/verdict.ts'
import type { OrganizationPolicy } from './gateway-config.ts'
import type { Judge } from './judge.ts'
import { nearest } from './nearest.ts'
import type { Problem } from './problem.ts'
import { matchRoute, type RouteTable } from './route-table.ts'
import { readersOf } from './stated-facts.ts'
import type { PolicyTest } from './test-schema.ts'
import type { Path, YamlSource } from './yaml-source.ts'

/** A test that was read, and where. */
export interface WrittenTest {
  readonly test: PolicyTest
  readonly source: YamlSource
  readonly path: Path
}

export interface TestedPolicies {
  readonly routes: RouteTable
  readonly organizations: readonly OrganizationPolicy[]
  readonly judge: Judge
}

/** Runs the tests against the real routes, organizations and gates; each that fails is a problem at its `expect`. */
export async function runPolicyTests(
  tests: readonly WrittenTest[],
  policies: TestedPolicies,
): Promise<readonly Problem[]> {
  const problems: Problem[] = []
  for (const written of tests) problems.push(...checkWords(written, policies), ...(await runTest(written, policies)))
  return problems
}

/** What came out of a test, in the words of `expect`. */
interface Outcome {
  readonly said: string
  readonly route: string | null
  readonly decision: Decision | null
}

async function runTest({ test, source, path }: WrittenTest, policies: TestedPolicies): Promise<readonly Problem[]> {
  const slug = test.person?.organization
  const organization = policies.organizations.find(one => one.slug === slug) ?? null
  if (slug !== undefined && organization === null) {
    const known = policies.organizations.map(one => one.slug).join(', ')
    const message = `found "${slug}"; expected an organization that is kept in a file: ${known || 'there is none'}; name one of these`
    return [source.problemAt([...path, 'person', 'organization'], message)]
  }
  const outcome = await outcomeOf(test, organization, policies)
  const tell = (key: keyof PolicyTest, got: string, expected: string) =>
    source.problemAt(
      [...path, key],
      `found ${got} for "${test.name}"; expected ${expected}; change the policy or the test`,
    )
  const problems: Problem[] = []
  if (outcome.said !== test.expect.trim()) problems.push(tell('expect', explain(outcome), test.expect))
  if (test.gate !== undefined && outcome.decision?.gate !== test.gate)
    problems.push(tell('gate', explain(outcome), `the gate ${test.gate} to speak`))
  if (test.route !== undefined && outcome.route !== test.route)
    problems.push(tell('route', outcome.route === null ? 'no route' : `the route ${outcome.route}`, test.route))
  const notes = (outcome.decision?.notes ?? []).map(note => note.wouldBe).join(', ')
  if (test.notes !== undefined && notes !== test.notes.join(', '))
    problems.push(tell('notes', notes === '' ? 'no notes' : `the notes ${notes}`, test.notes.join(', ') || 'none'))
  return problems
}

async function outcomeOf(
  test: PolicyTest,
  organization: OrganizationPolicy | null,
  { routes, judge }: TestedPolicies,
): Promise<Outcome> {
  const match = matchRoute(routes, test.request.host, test.request.path)
  if (match.kind !== 'route') return { said: match.kind, route: null, decision: null }
  const { fact } = match.route
  const entrance = test.entrance ?? (fact.access === 'public' ? 'public' : 'proxy')
  const decision = await judge.decide(entrance, readersOf(test, match.route, organization))
  return { said: judge.describe(decision.verdict), route: fact.name, decision }
}

function explain({ said, route, decision }: Outcome): string {
  const by = [
    ...(route === null ? [] : [`route ${route}`]),
    ...(decision?.gate == null ? [] : [`gate ${decision.gate}`]),
    ...(decision?.rule == null ? [] : [`rule ${decision.rule}`]),
  ]
  return by.length === 0 ? said : `${said} (${by.join(', ')})`
}

/** A test that expects a word that no gate can say would fail for the wrong reason, or worse: hold for one. */
function checkWords({ test, source, path }: WrittenTest, { judge }: TestedPolicies): readonly Problem[] {
  const verdicts = [
    ...['allow', 'no_route', 'unknown_host'],
    ...judge.reasons.map(reason => `deny ${reason}`),
    ...judge.steps.map(step => `challenge ${step}`),
  ]
  const check = (key: Path, word: string, known: readonly string[], what: string): Problem[] => {
    if (known.includes(word)) return []
    const meant = nearest(word, known)
    const hint = meant === null ? `write one of ${known.join(', ')}` : `did you mean ${meant}?`
    return [source.problemAt([...path, ...key], `found "${word}"; expected ${what}; ${hint}`)]
  }
  return [
    ...check(
      ['expect'],
      test.expect.trim(),
      verdicts,
      'a verdict: allow, challenge STEP, deny REASON, no_route or unknown_host',
    ),
    ...(test.gate === undefined ? [] : check(['gate'], test.gate, judge.gates, 'a gate')),
    ...(test.notes ?? []).flatMap((note, i) => check(['notes', i], note, judge.reasons, 'a reason')),
  ]
}
