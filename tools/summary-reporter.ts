/** A vitest reporter that ends every run with one plain line: `N passed, N failed, N skipped`, and names what passed at a second try only, and why not at the first. */
import type { Reporter, TestModule } from 'vitest/node';

export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      if (module.errors().length > 0) counts.failed += 1;
      for (const test of module.children.allTests()) {
        const { state, errors = [] } = test.result();
        counts[state] += 1;
        if (test.diagnostic()?.flaky !== true) continue;
        const why = errors[0]?.message.split('\n', 1)[0] ?? 'no reason given';
        process.stdout.write(`\npassed at the second try only: ${test.fullName} (at first: ${why})`);
      }
    }
    const failed = counts.failed + counts.pending;
    process.stdout.write(`\n${counts.passed} passed, ${failed} failed, ${counts.skipped} skipped\n`);
  }
}
