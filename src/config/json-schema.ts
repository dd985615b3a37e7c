import * as z from 'zod'
import type { Path } from './yaml-source.ts'

/** What of a JSON Schema we look at. */
export interface JsonSchema {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly examples?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly additionalProperties?: JsonSchema | boolean
}

/** The JSON Schema of what is written in a file (not of what is read from it). */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  // A cast, because zod types its JSON Schema with all that the standard allows; ours is made of the parts above alone.
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema
}

/** The keys that a mapping at the path may have. */
export function keysAt(schema: z.ZodType, path: Path): readonly string[] {
  let part: JsonSchema | undefined = jsonSchemaOf(schema)
  for (const step of path) {
    const rest: JsonSchema | boolean | undefined = part?.additionalProperties
    part =
      typeof step === 'number'
        ? part?.items
        : (part?.properties?.[String(step)] ?? (typeof rest === 'object' ? rest : undefined))
  }
  return Object.keys(part?.properties ?? {})
}
