import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { SummaryReporter } from './tools/summary-reporter.ts';

/**
 * Tests of real processes on a machine that others use may meet a second that the machine was gone: unattended they have a second try, and the
 * summary names each that needed it. By hand there is none.
 */
const retry = process.env['CI'] === undefined ? 0 : 1;

/** The test tiers. `npm test` runs unit and integration; the others need root (system) or minutes (long). */
export default defineConfig({
  test: {
    // Integration tests mostly wait for processes of their own: two files at once also on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    reporters: ['default', new SummaryReporter()],
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{packages/*,agent,controller,controller/web}/src/**/*.test.ts',
            'agent/bundle/*.test.ts',
            'test/*.test.ts',
          ],
          testTimeout: 60_000,
          // No module here has a state of its own and no test puts one into another's place: a process takes file after file.
          isolate: false,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/{integration,simulation}/**/*.test.ts'],
          retry,
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          retry,
          testTimeout: 600_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          retry,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts'],
          // A guest that tests share is healed before a second try: `sharedLabRun`.
          retry,
          testTimeout: 900_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'long',
          // Ten minutes of three guests belong to the lab and to the tests that take minutes; beside others its figures mean nothing.
          include: ['test/long/**/*.test.ts', 'test/lab/three-guests.lab.test.ts'],
          testTimeout: 3_600_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
