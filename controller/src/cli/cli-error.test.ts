/** What a command says at its end. */
import { expect, it } from 'vitest';
import { RunsError } from '../runs/runs-error.ts';
import { describeFailure } from './cli-error.ts';
import { IN_USE } from './commands.ts';

it('says of a data directory that is in use what helps the command at hand', () => {
  const error = new RunsError('data_directory_in_use', 'data directory /d is in use by another controller (pid 7)');
  const general = describeFailure(error);
  expect(general.exitCode).toBe(2);
  expect(general.text).toContain('(pid 7): stop that one first, or give another directory with --data');
  expect(general.text).not.toContain('--detach');
  expect(describeFailure(error, IN_USE.run).text).toContain('ptp-tester run --detach');
  expect(describeFailure(error, IN_USE.cleanup('r-1', { data: '/d' })).text).toContain('ptp-tester stop r-1 --data /d');
  expect(describeFailure(error, IN_USE.serve({ data: '/d' })).text).toContain('ptp-tester status --data /d');
  expect(describeFailure(error, IN_USE.sweep).text).toContain('any other directory');
});
