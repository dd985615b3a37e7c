/**
 * What one turn of the event loop brings is worked off kind by kind: every request that came, then every answer, then what is to be
 * written. The code of one kind stays in the processor's nearest cache meanwhile; done request by request, each step pushes out the code
 * of the others (record 0038). Who is alone in a turn waits for nobody.
 */
export type Kind = 'requests' | 'answers' | 'writes'

/** Has this done in this turn of the event loop, in the order of the calls within a kind; in a crowd, in one of the next. */
export function soon(kind: Kind, work: () => void): void {
  waiting[kind].push(work)
  arm()
}

/** So many of a kind before the others have theirs: nobody's answer waits for a whole crowd's requests. */
const crowd = 64

const waiting: Readonly<Record<Kind, (() => void)[]>> = { requests: [], answers: [], writes: [] }
let isArmed = false

function arm(): void {
  if (isArmed) return
  isArmed = true
  setImmediate(workOff)
}

function workOff(): void {
  isArmed = false
  const { requests, answers, writes } = waiting
  try {
    empty(requests, crowd)
    empty(answers, crowd)
    empty(writes, Number.POSITIVE_INFINITY)
  } finally {
    // What threw ends nobody else's work.
    if (requests.length + answers.length + writes.length > 0) arm()
  }
}

/** A list may grow meanwhile. */
function empty(works: (() => void)[], max: number): void {
  let done = 0
  try {
    while (done < works.length && done < max) works[done++]?.()
  } finally {
    if (done === works.length) works.length = 0
    else works.splice(0, done)
  }
}
