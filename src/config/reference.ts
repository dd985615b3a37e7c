import { type JsonSchema, jsonSchemaOf } from './json-schema.ts'
import { fileKinds } from './schema-file.ts'

/** The text of docs/config.md: every key of every file. */
export function configReference(): string {
  return [head, ...fileKinds.map(({ where, schema }) => section(where, jsonSchemaOf(schema)))].join('\n')
}

const head = `# Configuration

Every key of \`config/gateway.yaml\` and of the files in \`policies/\`. This page is made from the schemas in \`src/config/\`, and a test
keeps it so. \`sekisho check\` reads everything as the gateway would, runs the policy tests, and lists all problems at once.

- Files are YAML 1.2, at most 1 MiB each. Unknown keys, keys written twice, custom tags and second documents are errors.
- Durations are written \`250ms\`, \`30s\`, \`10m\`, \`24h\`, \`30d\`; sizes \`512B\`, \`16KiB\`, \`100MiB\`; rates \`600/1m\`; moments \`2026-12-01T00:00:00Z\`.
- Secrets are never written here: \`{ file: PATH }\` or \`{ env: NAME }\` says where they are kept.
- Relative paths begin at the folder of \`gateway.yaml\`.
- Among routes the longest path wins, and an exact path beats every prefix; \`/public/\` holds what lies below it, \`/admin\` holds itself and
  what lies below it. Paths are compared byte for byte as they are forwarded. Two routes for the same host and path are an error.
- A host that no route names gets 421; a path of a served host that no route holds gets 404.
- On SIGHUP, and when a file changes, everything is read and tested anew; it is taken as a whole or not at all. What changed speaks from the
  next request on, except \`listen\` (but for the certificates), \`operator.listen\`, \`operator.socket\`, \`dataDir\`, \`rootKey\` and \`log\`: these are read at the
  start only, and the reload names those that wait for a restart.
`

function section(where: string, schema: JsonSchema): string {
  const rows = rowsOf(schema, '')
  return `## ${where}\n\n| key | value | default | meaning |\n|---|---|---|---|\n${rows.join('\n')}\n`
}

function rowsOf(schema: JsonSchema, prefix: string): string[] {
  const required = schema.required ?? []
  return Object.entries(schema.properties ?? {}).flatMap(([key, part]) => {
    const name = prefix + key
    const standard = required.includes(key) ? 'needed' : defaultOf(part)
    return [
      `| \`${name}\` | ${valueText(part)} | ${standard} | ${cell(part.description ?? '')} |`,
      ...below(part, name),
    ]
  })
}

function below(part: JsonSchema, name: string): string[] {
  if (part.properties !== undefined) return rowsOf(part, `${name}.`)
  if (part.items?.properties !== undefined) return rowsOf(part.items, `${name}[].`)
  return typeof part.additionalProperties === 'object' ? rowsOf(part.additionalProperties, `${name}.NAME.`) : []
}

function valueText(part: JsonSchema): string {
  if (part.const !== undefined) return code(part.const)
  if (part.enum !== undefined) return part.enum.map(code).join(', ')
  if (part.type === 'integer') return `${part.minimum} to ${part.maximum}`
  if (part.type === 'array') return part.items?.type === 'object' ? 'list of' : `list of ${valueText(part.items ?? {})}`
  if (part.type === 'boolean') return '`true`, `false`'
  if (part.type === 'object') return part.properties === undefined ? 'by name' : ''
  return 'text'
}

function defaultOf(part: JsonSchema): string {
  if (part.default === undefined || part.type === 'object') return ''
  return code(Array.isArray(part.default) ? `[${part.default.join(', ')}]` : part.default)
}

function code(value: unknown): string {
  return `\`${cell(String(value))}\``
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
