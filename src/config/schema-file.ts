import type * as z from 'zod'
import { gatewaySchema } from './gateway-schema.ts'
import { type JsonSchema, jsonSchemaOf } from './json-schema.ts'
import { organizationSchema, routesSchema } from './policy-schema.ts'
import { testsSchema } from './test-schema.ts'

/** The kinds of files that there are, each with its schema: what editors, docs/config.md and gateway.schema.json are made from. */
export const fileKinds: readonly { name: string; where: string; schema: z.ZodType }[] = [
  { name: 'gateway', where: 'config/gateway.yaml', schema: gatewaySchema },
  { name: 'routes', where: 'policies/*.yaml with kind: routes', schema: routesSchema },
  { name: 'organization', where: 'policies/*.yaml with kind: organization', schema: organizationSchema },
  { name: 'tests', where: 'policies/*.test.yaml', schema: testsSchema },
]

/** The text of config/gateway.schema.json: gateway.yaml itself, and the other kinds under `$defs`. */
export function schemaFile(): string {
  const [gateway, ...others] = fileKinds
  const root: JsonSchema = gateway === undefined ? {} : jsonSchemaOf(gateway.schema)
  const defs = Object.fromEntries(others.map(({ name, schema }) => [name, withoutDialect(jsonSchemaOf(schema))]))
  return `${JSON.stringify({ ...root, title: 'gateway.yaml', $defs: defs }, null, 2)}\n`
}

function withoutDialect(schema: JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== '$schema'))
}
