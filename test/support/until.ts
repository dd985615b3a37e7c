import { setTimeout as pause } from 'node:timers/promises'

/** For states of another process that nobody announces: asks again until it is so. The test's own time limit is the limit. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await pause(50)
}
