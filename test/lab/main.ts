/** `npm run test:lab [-- --all | FILES] [--at-once N] [-t TITLE]`: builds the lab where needed, then runs scenarios; without `--all` those that fit into CI. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { labImage } from './lab-image.ts';

const SHORT = ['build/lab-cache.test.ts', 'student-quantile.test.ts', 'truth-estimates.test.ts', 'short.lab.test.ts'];
const ROOT = join(import.meta.dirname, '../..');
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');

const { values, positionals: rest } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    'at-once': { type: 'string', default: '1' },
    // Of vitest: the tests whose titles match.
    title: { type: 'string', short: 't' },
  },
  allowPositionals: true,
});
// Before the tests, whose time limits are not those of a build.
const image = await labImage();
const files = values.all || rest.length > 0 ? rest : SHORT.map((name) => `test/lab/${name}`);
// Guests take half a core each once they are up; each file has its own.
const workers = ['--file-parallelism', `--max-workers=${values['at-once']}`];
const titles = values.title === undefined ? [] : ['-t', values.title];
const words = [VITEST, 'run', '--project', 'lab', ...workers, ...titles, ...files];
const [code] = await once(spawn(process.execPath, words, { cwd: ROOT, stdio: 'inherit' }), 'exit');
if ('skipped' in image) process.stderr.write(`lab: SKIPPED, no guest was started: ${image.skipped}\n`);
process.exitCode = typeof code === 'number' ? code : 1;
