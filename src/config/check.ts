import { type GatewayPart, portalHostOf } from './compile-gateway.ts'
import { checkOrganizations, compileOrganization } from './compile-organizations.ts'
import { checkRoutes, compileRoute, type RouteSurroundings } from './compile-routes.ts'
import { deepFreeze } from './freeze.ts'
import type { GatewayConfig } from './gateway-config.ts'
import type { GatewayFile } from './gateway-schema.ts'
import type { Judge } from './judge.ts'
import type { PlacesCheck } from './place-files.ts'
import { type Policies, readPolicies } from './policy-files.ts'
import { runPolicyTests } from './policy-tests.ts'
import { type Problem, sortProblems } from './problem.ts'
import { digestOf, type FilesRead, listYaml, readFiles, type TextFile } from './read-files.ts'
import { readGateway } from './read-gateway.ts'
import { buildRouteTable } from './route-table.ts'
import type { Environment } from './secrets.ts'
import { readYaml } from './yaml-source.ts'

// Configuration: files in, one frozen value or every problem out. Nothing is half taken: start here, and read downwards.
// Declared in *-schema.ts, checked against them, compiled in compile-*.ts, tried by the policy tests, frozen.
// This room starts nothing and decides nothing: who acts on the value gets it handed by the composition root.

export interface Configuration {
  readonly gatewayFile: string
  readonly policiesFolder: string
  readonly environment: Environment
  readonly judge: Judge
  /** What is wrong with a file of places; null: nothing. Handed in, because the reader of such files lives in another room. */
  readonly checkPlaces?: PlacesCheck
}

export type ConfigurationChecked =
  | { readonly kind: 'good'; readonly config: GatewayConfig; readonly digest: string; readonly testsRun: number }
  | { readonly kind: 'bad'; readonly problems: readonly Problem[] }

/** Reads everything, checks everything, runs the policy tests. */
export async function checkConfiguration(configuration: Configuration): Promise<ConfigurationChecked> {
  const read = await readAll(configuration)
  const sources = parseAll(read.files)
  const gateway = await readGateway(sources.gateway, configuration)
  const policies = readPolicies(sources.policies)
  const problems = [
    ...read.problems,
    ...sources.problems,
    ...gateway.problems,
    ...policies.problems,
    ...checkRoutes(policies.routes, aroundRoutes(gateway.file)),
    ...checkOrganizations(policies.organizations, gateway.file.sessions ?? null),
  ]
  if (problems.length > 0 || gateway.part === null) return { kind: 'bad', problems: sortProblems(problems) }
  const config = assemble(gateway.part, policies, digestOf(read.files))
  const failed = await runPolicyTests(policies.tests, { ...config, judge: configuration.judge })
  if (failed.length > 0) return { kind: 'bad', problems: sortProblems(failed) }
  return { kind: 'good', config: deepFreeze(config), digest: config.digest, testsRun: policies.tests.length }
}

/** The digest of what lies in the files at this moment. */
export async function readDigest(configuration: Configuration): Promise<string> {
  return digestOf((await readAll(configuration)).files)
}

async function readAll({ gatewayFile, policiesFolder }: Configuration): Promise<FilesRead> {
  const listed = await listYaml(policiesFolder)
  const read = await readFiles([{ name: gatewayFile, key: gatewayKey, path: gatewayFile }, ...listed.places])
  return { files: read.files, problems: [...listed.problems, ...read.problems] }
}

const gatewayKey = 'gateway.yaml'

function parseAll(files: readonly TextFile[]) {
  const parsed = files.map(({ name, key, text }) => ({ key, read: readYaml(name, text) }))
  const sources = parsed.flatMap(({ key, read }) => (read.kind === 'read' ? [{ key, source: read.source }] : []))
  return {
    gateway: sources.find(({ key }) => key === gatewayKey)?.source ?? null,
    policies: sources.filter(({ key }) => key !== gatewayKey).map(({ source }) => source),
    problems: parsed.flatMap(({ read }) => (read.kind === 'unreadable' ? read.problems : [])),
  }
}

/** Routes and organizations are checked against what could be read of gateway.yaml. */
function aroundRoutes({ upstreams, portal, ownPrefix }: Partial<GatewayFile>): RouteSurroundings {
  return {
    upstreams: upstreams === undefined ? null : Object.keys(upstreams),
    portalHost: portal === undefined ? null : portalHostOf(portal),
    ownPrefix: ownPrefix ?? null,
  }
}

function assemble(gateway: GatewayPart, policies: Policies, digest: string): GatewayConfig {
  const routes = policies.routes.map(compileRoute)
  const limited = routes.flatMap(({ fact, limit }) => (limit === null ? [] : [[fact.name, limit] as const]))
  const limits = { ...gateway.limits, traffic: { ...gateway.limits.traffic, routes: new Map(limited) } }
  const organizations = policies.organizations.map(compileOrganization)
  return { ...gateway, digest, limits, routes: buildRouteTable(routes), organizations }
}
