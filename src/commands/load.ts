import { basename, dirname, join, resolve } from 'node:path'
import { judge } from '../composition/judge.ts'
import { type Configuration, checkConfiguration } from '../config/check.ts'
import type { GatewayConfig } from '../config/gateway-config.ts'
import { formatProblem } from '../config/problem.ts'
import { checkPlaces } from '../people/places.ts'
import { type Call, textOption } from './command.ts'

export const configurationOptions = {
  config: { type: 'string' },
  policies: { type: 'string' },
} as const

export const configurationHelp = `
  --config FILE     default: $SEKISHO_CONFIG, else config/gateway.yaml
  --policies DIR    default: policies/ beside the folder config/, or in the folder of the file`

/** Where the files of this call are. */
export function configurationOf(call: Call): Configuration {
  const { environment } = call.terminal
  const gatewayFile = resolve(textOption(call, 'config') ?? environment['SEKISHO_CONFIG'] ?? 'config/gateway.yaml')
  const folder = dirname(gatewayFile)
  const beside = basename(folder) === 'config' ? dirname(folder) : folder
  const policiesFolder = resolve(
    textOption(call, 'policies') ?? environment['SEKISHO_POLICIES'] ?? join(beside, 'policies'),
  )
  return { gatewayFile, policiesFolder, environment, judge, checkPlaces }
}

/** The configuration, or null after every problem has been printed. */
export async function loadOrExplain(call: Call): Promise<GatewayConfig | null> {
  const checked = await checkConfiguration(configurationOf(call))
  if (checked.kind === 'good') return checked.config
  for (const problem of checked.problems) call.terminal.err(formatProblem(problem))
  return null
}
