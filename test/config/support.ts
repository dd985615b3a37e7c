import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll } from 'vitest'
import { judge } from '../../src/composition/judge.ts'
import { type ConfigurationChecked, checkConfiguration } from '../../src/config/check.ts'
import type { GatewayConfig } from '../../src/config/gateway-config.ts'
import type { Judge } from '../../src/config/judge.ts'
import { formatProblem } from '../../src/config/problem.ts'
import { decide } from '../../src/policy/decide.ts'
import { buildWalks } from '../../src/policy/plan.ts'

/** The real judge, over these walks. */
export function realJudge(walks = buildWalks()): Judge {
  return {
    ...judge,
    decide: (entrance, readers) => decide(walks[entrance], readers),
  }
}

export const goodGateway = `listen: { port: 8080 }
portal: { origin: https://auth.example.com }
upstreams:
  chat: { addresses: ["http://127.0.0.1:3000"] }
mail: { transport: mailbox, from: no-reply@example.com }
`

export const goodRoutes = `kind: routes
routes:
  - { name: chat, hosts: [chat.example.com], prefix: /, upstream: chat, access: signed-in }
`

const folders: string[] = []
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

export type Files = Readonly<Record<string, string>>

/** A folder with these files in it; `gateway.yaml` and `policies/routes.yaml` are good ones unless they are given. */
export function writeFolder(files: Files = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'sekisho-config-'))
  folders.push(folder)
  writeInto(folder, { 'gateway.yaml': goodGateway, 'policies/routes.yaml': goodRoutes, ...files })
  return folder
}

export function writeInto(folder: string, files: Files): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

export function configurationIn(folder: string, environment: Readonly<Record<string, string>> = {}) {
  return {
    gatewayFile: join(folder, 'gateway.yaml'),
    policiesFolder: join(folder, 'policies'),
    environment,
    judge: realJudge(),
  }
}

export function check(
  files: Files = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<ConfigurationChecked> {
  return checkConfiguration(configurationIn(writeFolder(files), environment))
}

export async function checkGood(
  files: Files = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<GatewayConfig> {
  const checked = await check(files, environment)
  if (checked.kind === 'bad') throw new Error(checked.problems.map(formatProblem).join('\n'))
  return checked.config
}

/** The problems of these files, as they are shown, without the folder. */
export async function checkBad(
  files: Files,
  environment: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const folder = writeFolder(files)
  const checked = await checkConfiguration(configurationIn(folder, environment))
  return checked.kind === 'good'
    ? []
    : checked.problems.map(problem => formatProblem(problem).replaceAll(`${folder}/`, ''))
}

/** Places of the marks § in a text, and the text without them. */
export function unmark(marked: string): { text: string; places: readonly string[] } {
  const lines = marked.split('\n')
  const places = lines.flatMap((line, i) =>
    line
      .split('§')
      .slice(0, -1)
      .map((_, part, parts) => `${i + 1}:${parts.slice(0, part + 1).join('').length + 1}`),
  )
  return { text: marked.replaceAll('§', ''), places }
}
