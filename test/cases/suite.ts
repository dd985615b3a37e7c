import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

// The frame of every suite: read a case file, run its cases against gateways started for it, say of each what was wrong.

export interface CaseFile {
  readonly path: string
  /** `header-spoof/1` without its version. */
  readonly kind: string
  readonly content: unknown
}

export interface CaseResult {
  readonly id: string
  readonly title: string
  /** What was wrong, in words; empty when the case passed. */
  readonly failures: readonly string[]
}

/** Runs one file; hands each result out as soon as it is known. */
export type Suite = (file: CaseFile, report: (result: CaseResult) => void) => Promise<void>

const headPattern = z.looseObject({ schema: z.string().regex(/^[a-z-]+\/1$/), cases: z.array(z.unknown()) })

/** Every case file of a folder, in the order of their names. A JSON file of another kind is not one of ours. */
export async function readCaseFiles(folder: string): Promise<CaseFile[]> {
  const names = (await readdir(folder)).filter(name => name.endsWith('.json')).toSorted()
  const files = await Promise.all(
    names.map(async name => {
      const path = join(folder, name)
      const content: unknown = JSON.parse(await readFile(path, 'utf8'))
      const head = headPattern.safeParse(content)
      return head.success ? { path, kind: head.data.schema.replace(/\/1$/, ''), content } : null
    }),
  )
  return files.filter(file => file !== null)
}

/** The cases that can be read; one that cannot is reported as failed, and does not keep the others from running. */
export function readCases<Pattern extends z.ZodType>(
  entries: readonly unknown[],
  pattern: Pattern,
  report: (result: CaseResult) => void,
): z.output<Pattern>[] {
  return entries.flatMap((entry, i) => {
    const read = pattern.safeParse(entry)
    if (read.success) return [read.data]
    const id = casePattern.safeParse(entry).data?.id ?? `number ${i + 1}`
    report({ id, title: 'not read', failures: [`unknown form: ${z.prettifyError(read.error)}`] })
    return []
  })
}

const casePattern = z.looseObject({ id: z.string() })

/** More than the slowest case takes: it waits twice for a time limit of the gateway. */
const caseMs = 90_000

/** Runs one case; what it throws counts as its failure and does not end the suite, and neither does one that hangs. */
export async function judge(id: string, title: string, run: () => Promise<readonly string[]>): Promise<CaseResult> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<readonly string[]>(resolve => {
    timer = setTimeout(() => resolve([`hangs: no verdict within ${caseMs / 1000} s`]), caseMs)
  })
  try {
    return { id, title, failures: await Promise.race([run(), late]) }
  } catch (cause) {
    return { id, title, failures: [`could not be run: ${cause instanceof Error ? cause.message : String(cause)}`] }
  } finally {
    clearTimeout(timer)
  }
}

export function titleOf(entry: {
  idea?: string | undefined
  title?: string | undefined
  why?: string | undefined
}): string {
  return [entry.idea, entry.title ?? entry.why].filter(text => text !== undefined && text !== '').join(': ')
}
