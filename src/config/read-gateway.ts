import { dirname } from 'node:path'
import { compileGateway, type GatewayPart, readSecrets } from './compile-gateway.ts'
import { checkPasswords } from './compile-passwords.ts'
import { checkAgainst } from './explain-issues.ts'
import { checkGatewayRules } from './gateway-rules.ts'
import { type GatewayFile, gatewaySchema } from './gateway-schema.ts'
import { checkPlaceFiles, type PlacesCheck } from './place-files.ts'
import type { Problem } from './problem.ts'
import type { Environment } from './secrets.ts'
import { readTlsFiles } from './tls-files.ts'
import type { YamlSource } from './yaml-source.ts'

export interface GatewayRead {
  /** The sections that could be read: what holds between them and other files is told in the same run. */
  readonly file: Partial<GatewayFile>
  /** Null when anything is wrong. */
  readonly part: GatewayPart | null
  readonly problems: readonly Problem[]
}

export interface GatewaySurroundings {
  readonly gatewayFile: string
  readonly environment: Environment
  readonly checkPlaces?: PlacesCheck | undefined
}

/** Reads gateway.yaml. A source of null: it could not be read at all, which has been told. */
export async function readGateway(
  source: YamlSource | null,
  { gatewayFile, environment, checkPlaces }: GatewaySurroundings,
): Promise<GatewayRead> {
  if (source === null) return { file: {}, part: null, problems: [] }
  const whole = checkAgainst(gatewaySchema, source)
  const file = whole.value ?? goodSections(source)
  const folder = dirname(gatewayFile)
  const { secrets, problems: missing } = await readSecrets(file, source, { folder, environment })
  const rules = [...checkGatewayRules(file, source), ...checkPasswords(file, source, folder)]
  const unusable = await checkPlaceFiles(file, source, { folder: dirname(gatewayFile), checkPlaces })
  const { authorities, problems: untrue } = await readTlsFiles(file, source, folder)
  const problems = [...whole.problems, ...rules, ...missing, ...unusable, ...untrue]
  const isGood = whole.value !== null && problems.length === 0
  return { file, part: isGood ? compileGateway(whole.value, { ...secrets, authorities }, gatewayFile) : null, problems }
}

function goodSections(source: YamlSource): Partial<GatewayFile> {
  const sections = Object.entries(gatewaySchema.shape).flatMap(([key, schema]) => {
    const { value } = checkAgainst(schema, source, [key])
    return value === null ? [] : [[key, value] as const]
  })
  // A cast, because each section has just been read by the schema of its own key.
  return Object.fromEntries(sections) as Partial<GatewayFile>
}
