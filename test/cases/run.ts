import { basename, resolve } from 'node:path'
import { emailIdentity } from './email-identity.ts'
import { headerSpoof } from './header-spoof.ts'
import { httpSmuggling } from './http-smuggling.ts'
import { ipCidr } from './ip-cidr.ts'
import { pathBypass } from './path-bypass.ts'
import { redirect } from './redirect.ts'
import { type CaseResult, readCaseFiles, type Suite } from './suite.ts'
import { xff } from './xff.ts'

// `npm run cases -- [DIR]`: starts the gateway by its public CLI and runs every case file of DIR against it. Lists what failed
// and ends with `N passed, N failed`; exit code 0 when everything passed, 1 when not, 2 when there was nothing to run.

const suites: Readonly<Record<string, Suite>> = {
  'email-identity': emailIdentity,
  'header-spoof': headerSpoof,
  'http-smuggling': httpSmuggling,
  'ip-cidr': ipCidr,
  'path-bypass': pathBypass,
  redirect,
  xff,
}

async function main(folder: string): Promise<number> {
  const files = await readCaseFiles(folder)
  const total = { passed: 0, failed: 0 }
  for (const file of files) {
    const count = { passed: 0, failed: 0 }
    const report = (result: CaseResult) => {
      const passed = result.failures.length === 0
      count[passed ? 'passed' : 'failed'] += 1
      if (!passed)
        console.log(`FAIL ${file.kind} ${result.id} (${result.title})\n     ${result.failures.join('\n     ')}`)
    }
    const suite = suites[file.kind]
    if (suite === undefined)
      report({ id: basename(file.path), title: file.kind, failures: ['no suite runs this kind of cases'] })
    else
      await suite(file, report).catch((cause: unknown) =>
        report({ id: basename(file.path), title: 'the whole file', failures: [`could not be run: ${String(cause)}`] }),
      )
    console.log(`${basename(file.path)}: ${count.passed} passed, ${count.failed} failed`)
    total.passed += count.passed
    total.failed += count.failed
  }
  console.log(`${total.passed} passed, ${total.failed} failed`)
  if (files.length === 0) console.error(`no case files in ${folder}`)
  return files.length === 0 ? 2 : total.failed === 0 ? 0 : 1
}

const given = process.argv.slice(2).find(word => !word.startsWith('-'))
process.exitCode = await main(resolve(given ?? 'test/cases/shared'))
