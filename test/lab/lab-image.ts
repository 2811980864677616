/** The lab's image for tests: built on first use; where it cannot be had, the reason for skipping. */
import { buildLab } from './build/build-lab.ts';
import { LabError } from './build/lab-error.ts';

export type LabImage = { readonly manifest: string } | { readonly skipped: string };

let once: Promise<LabImage> | null = null;

/** The same for all tests of a process. */
export function labImage(): Promise<LabImage> {
  once ??= findImage();
  return once;
}

async function findImage(): Promise<LabImage> {
  const say = (line: string) => process.stderr.write(`${line}\n`);
  try {
    return { manifest: await buildLab({ environment: process.env, say }) };
  } catch (error) {
    if (!(error instanceof LabError && error.code === 'unavailable')) throw error;
    say(`lab: SKIPPED, ${error.message}`);
    return { skipped: error.message };
  }
}
