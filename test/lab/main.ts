/** `npm run test:lab [-- --all | FILES]`: builds the lab where needed, then runs its scenarios; without `--all` those that fit into CI. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { labImage } from './lab-image.ts';

const SHORT = ['build/lab-cache.test.ts', 'student-quantile.test.ts', 'truth-estimates.test.ts', 'short.lab.test.ts'];
const ROOT = join(import.meta.dirname, '../..');
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');

// Before the tests, whose time limits are not those of a build.
const image = await labImage();
const args = process.argv.slice(2);
const rest = args.filter((one) => one !== '--all');
const files = args.includes('--all') || rest.length > 0 ? rest : SHORT.map((name) => `test/lab/${name}`);
const words = [VITEST, 'run', '--project', 'lab', '--no-file-parallelism', ...files];
const [code] = await once(spawn(process.execPath, words, { cwd: ROOT, stdio: 'inherit' }), 'exit');
if ('skipped' in image) process.stderr.write(`lab: SKIPPED, no guest was started: ${image.skipped}\n`);
process.exitCode = typeof code === 'number' ? code : 1;
