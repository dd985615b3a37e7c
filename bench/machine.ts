import { readdirSync, readFileSync } from 'node:fs'

// What Linux tells about processes (proc(5)).

export interface Usage {
  /** User and system, so far. */
  readonly cpuSeconds: number
  readonly memoryBytes: number
}

/** Of a process and everything that it started. */
export function usageOf(root: number): Usage {
  const all = readProcesses()
  const sum = { cpuSeconds: 0, memoryBytes: 0 }
  const waiting = [root]
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    const own = all.get(pid)
    if (own === undefined) continue
    sum.cpuSeconds += own.cpuSeconds
    sum.memoryBytes += own.memoryBytes
    for (const [child, { parent }] of all) if (parent === pid) waiting.push(child)
  }
  return sum
}

interface Process extends Usage {
  readonly parent: number
}

function readProcesses(): ReadonlyMap<number, Process> {
  const found = new Map<number, Process>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      found.set(Number(name), readProcess(readFileSync(`/proc/${name}/stat`, 'latin1')))
    } catch {
      // It ended while we looked.
    }
  }
  return found
}

/** Fields 4, 14, 15 and 24 of stat: parent, user and system time in ticks of 10 ms, resident pages. The name in field 2 may hold spaces. */
function readProcess(stat: string): Process {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const at = (i: number) => Number(fields[i])
  return { parent: at(1), cpuSeconds: (at(11) + at(12)) / 100, memoryBytes: at(21) * 4096 }
}

/** Busy seconds of the whole machine so far: shows whether others worked while we measured. */
export function machineBusySeconds(): number {
  const [line = ''] = readFileSync('/proc/stat', 'latin1').split('\n')
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.split(/\s+/).slice(1).map(Number)
  return (user + nice + system + irq + softirq) / 100
}
