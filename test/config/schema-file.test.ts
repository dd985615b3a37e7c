import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type JsonSchema, jsonSchemaOf, keysAt } from '../../src/config/json-schema.ts'
import { configReference } from '../../src/config/reference.ts'
import { fileKinds, schemaFile } from '../../src/config/schema-file.ts'

// `vitest run test/config -u` writes both files anew.
describe('what is written about configuration is what it is', () => {
  test('config/gateway.schema.json is fresh', async () => {
    await expect(schemaFile()).toMatchFileSnapshot('../../config/gateway.schema.json')
  })

  test('docs/config.md is fresh', async () => {
    await expect(configReference()).toMatchFileSnapshot('../../docs/config.md')
  })

  test.each(fileKinds)('every key of $where says what it means, and is a row of docs/config.md', ({ schema }) => {
    const docs = readFileSync('docs/config.md', 'utf8')
    const keys = keysOf(jsonSchemaOf(schema), '')
    expect(keys.filter(({ part }) => (part.description ?? '') === '').map(({ name }) => name)).toEqual([])
    expect(keys.filter(({ name }) => !docs.includes(`| \`${name}\` |`)).map(({ name }) => name)).toEqual([])
    expect(keys.length).toBeGreaterThan(1)
  })

  test('the schema refuses unknown keys everywhere, as the gateway does', () => {
    const schemas = fileKinds.flatMap(({ schema }) => objectsOf(jsonSchemaOf(schema)))
    expect(schemas.filter(part => part.properties !== undefined && part.additionalProperties !== false)).toEqual([])
  })

  test('keys are found through names, lists and sections', () => {
    const [gateway, routes] = fileKinds
    if (gateway === undefined || routes === undefined) throw new Error('no kinds')
    expect(keysAt(gateway.schema, ['upstreams', 'chat', 'timeouts'])).toEqual(['connect'])
    expect(keysAt(routes.schema, ['routes', 3, 'limits'])).toEqual(['rate', 'burst', 'per'])
    expect(keysAt(routes.schema, ['nowhere'])).toEqual([])
  })
})

function keysOf(schema: JsonSchema, prefix: string): { name: string; part: JsonSchema }[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, part]) => {
    const name = prefix + key
    const named =
      typeof part.additionalProperties === 'object' ? keysOf(part.additionalProperties, `${name}.NAME.`) : []
    return [{ name, part }, ...keysOf(part, `${name}.`), ...keysOf(part.items ?? {}, `${name}[].`), ...named]
  })
}

function objectsOf(schema: JsonSchema): JsonSchema[] {
  const named = typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : []
  const parts = [
    ...Object.values(schema.properties ?? {}),
    ...(schema.items === undefined ? [] : [schema.items]),
    ...named,
  ]
  return [schema, ...parts.flatMap(objectsOf)]
}
