/** Builds the lab's image by hand: `node test/lab/build/main.ts`. Prints the path of its description. */
import { buildLab } from './build-lab.ts';
import { LabError } from './lab-error.ts';

try {
  const path = await buildLab({ environment: process.env, say: (line) => process.stderr.write(`${line}\n`) });
  process.stdout.write(`${path}\n`);
} catch (error) {
  if (!(error instanceof LabError)) throw error;
  process.stderr.write(`lab: ${error.message}\n`);
  process.exitCode = error.code === 'unavailable' ? 2 : 1;
}
