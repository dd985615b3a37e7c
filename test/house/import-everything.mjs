// Run as a child by import-has-no-effect.test.ts: imports one module after the other and reports what each of them left behind.
import { createHook } from 'node:async_hooks'
import { writeSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

// Node's own http opens the standard streams when it is loaded; that is not our doing.
await import('node:http')

// A timer or a socket that keeps nothing alive is listed nowhere: each one is counted as it is made.
const opened = { timers: 0, sockets: 0, watchers: 0 }
createHook({
  init(_, type) {
    if (type === 'Timeout') opened.timers += 1
    if (/^(TCP|PIPE|UDP|TTY|TLS)/.test(type)) opened.sockets += 1
    if (/^(FSEVENT|STATWATCHER|SIGNAL)/.test(type)) opened.watchers += 1
  },
}).enable()

// zod keeps its registry where several copies of itself find it; it holds nothing of ours.
const foreignGlobals = /^__zod_/

const globalsOfNode = Object.getOwnPropertyNames(globalThis).length
const findings = []
let before = await look()
for (const path of process.argv.slice(2)) {
  try {
    await import(pathToFileURL(path).href)
  } catch (error) {
    findings.push(`${path} cannot be imported: ${error.code ?? ''} ${error.message}`)
  }
  const after = await look()
  for (const [what, value] of Object.entries(after))
    if (value !== before[what]) findings.push(`${path} changed ${what}: ${before[what]} -> ${value}`)
  before = after
}
writeSync(1, JSON.stringify(findings))

async function look() {
  // A turn of the loop, so that what the loader itself had open is closed again.
  await new Promise(resolve => setImmediate(resolve))
  return {
    ...opened,
    handles: process.getActiveResourcesInfo().sort().join(' '),
    environment: JSON.stringify(process.env),
    folder: process.cwd(),
    listeners: process
      .eventNames()
      .map(name => `${String(name)} ${process.listenerCount(name)}`)
      .join(', '),
    globals: Object.getOwnPropertyNames(globalThis)
      .filter(name => !foreignGlobals.test(name))
      .slice(globalsOfNode)
      .join(' '),
    exitCode: String(process.exitCode),
  }
}
