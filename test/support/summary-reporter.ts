import type { Reporter, TestModule } from 'vitest/node'

/** Ends a run with the plain line `N passed, N failed, N skipped`, which any reader of a log understands. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 }
    for (const module of modules) {
      let tests = 0
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        tests += 1
        if (state === 'passed') count.passed += 1
        else if (state === 'failed') count.failed += 1
        else count.skipped += 1
      }
      if (tests === 0) count.failed += 1 // a file that could not even be loaded is a failure, not an empty success
    }
    console.log(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`)
  }
}
