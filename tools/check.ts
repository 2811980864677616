/** `npm run check`: lint, types, boundaries, unused code. Runs every step, then fails if one failed. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const bin = (name: string) => join(root, 'node_modules/.bin', name);

const STEPS: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  { name: 'lint and format', command: [bin('biome'), 'check', '--error-on-warnings', '.'] },
  { name: 'types', command: [bin('tsc'), '-b'] },
  { name: 'boundaries', command: [bin('vitest'), 'run', '--project', 'unit', 'test/architecture.test.ts'] },
  { name: 'unused code', command: [bin('knip')] },
  { name: 'native prebuilds', command: [process.execPath, join(root, 'packages/native/build.ts'), '--check'] },
];

const failed: string[] = [];
for (const step of STEPS) {
  const [command = '', ...args] = step.command;
  process.stdout.write(`\n== ${step.name}\n`);
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (result.status !== 0) failed.push(step.name);
}
process.stdout.write(failed.length === 0 ? '\ncheck: all steps passed\n' : `\ncheck: failed: ${failed.join(', ')}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
