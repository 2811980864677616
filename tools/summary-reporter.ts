/** A vitest reporter that ends every run with one plain line: `N passed, N failed, N skipped`, and names what passed at a second try only, and why not at the first. */
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      if (module.errors().length > 0) counts.failed += 1;
      for (const test of module.children.allTests()) {
        const { state, errors: ofTest = [] } = test.result();
        counts[state] += 1;
        if (test.diagnostic()?.flaky !== true) continue;
        const why = ofTest[0]?.message.split('\n', 1)[0] ?? 'no reason given';
        process.stdout.write(`\npassed at the second try only: ${test.fullName} (at first: ${why})`);
      }
    }
    for (const { message } of errors) process.stdout.write(`\nfailed outside of a test: ${message.split('\n', 1)[0]}`);
    const failed = counts.failed + counts.pending + errors.length;
    process.stdout.write(`\n${counts.passed} passed, ${failed} failed, ${counts.skipped} skipped\n`);
  }
}
