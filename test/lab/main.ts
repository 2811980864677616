/** `npm run test:lab [-- --all]`: the lab's scenarios; without `--all` those that fit into CI. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** The short set: 187 s and 421 s were measured for the two guests on a loaded machine. */
const SHORT = ['build/lab-cache.test.ts', 'virgin-guest.lab.test.ts', 'known-truth.lab.test.ts'];
const ROOT = join(import.meta.dirname, '../..');
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');

const args = process.argv.slice(2);
const rest = args.filter((one) => one !== '--all');
const files = args.includes('--all') || rest.length > 0 ? rest : SHORT.map((name) => `test/lab/${name}`);
const words = [VITEST, 'run', '--project', 'lab', '--no-file-parallelism', ...files];
const child = spawn(process.execPath, words, { cwd: ROOT, stdio: 'inherit' });
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
