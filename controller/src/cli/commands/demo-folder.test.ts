import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openDemoFolder } from './demo-folder.ts';

const LATER_MS = 3_600_000;

function place() {
  const temporary = mkdtempSync(join(tmpdir(), 'ptp-demo-folder-'));
  onTestFinished(() => rmSync(temporary, { recursive: true, force: true }));
  const cleared: string[] = [];
  const clear = (work: string) => {
    cleared.push(work);
    return work.includes('busy') ? Promise.reject(new Error('in use')) : Promise.resolve();
  };
  return { temporary, cleared, parts: { temporary, clear, now: () => Date.now() + LATER_MS } };
}

it('removes the folders of demos that died, once nothing runs in them', async () => {
  const { temporary, cleared, parts } = place();
  for (const name of ['ptp-tester-demo-dead/ec2', 'ptp-tester-demo-early', 'ptp-tester-demo-busy/ec2', 'mine'])
    mkdirSync(join(temporary, name), { recursive: true });
  symlinkSync(join(temporary, 'mine'), join(temporary, 'ptp-tester-demo-link'));
  const folder = await openDemoFolder(parts);
  onTestFinished(() => folder.close());
  expect(cleared.sort()).toEqual(['busy', 'dead'].map((name) => join(temporary, `ptp-tester-demo-${name}/ec2`)));
  const left = readdirSync(temporary).filter((name) => !folder.work.includes(name));
  expect(left.sort()).toEqual(['mine', 'ptp-tester-demo-busy', 'ptp-tester-demo-link']);
});

it('leaves alone a demo that runs, and one that has only just begun', async () => {
  const { temporary, cleared, parts } = place();
  const running = await openDemoFolder(parts);
  const second = await openDemoFolder(parts);
  expect(readdirSync(temporary)).toHaveLength(2);
  second.close();
  mkdirSync(join(temporary, 'ptp-tester-demo-new'));
  const third = await openDemoFolder({ ...parts, now: Date.now });
  expect(existsSync(join(temporary, 'ptp-tester-demo-new'))).toBe(true);
  third.close();
  running.close();
  expect(cleared).toEqual([]);
  expect(readdirSync(temporary)).toEqual(['ptp-tester-demo-new']);
});
