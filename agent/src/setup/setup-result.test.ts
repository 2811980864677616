/** Where the result of a setup is kept, also when the disk takes nothing. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type MadeMachine, makeMachine } from '../sources/made-machine.ts';
import type { Host } from './host.ts';
import { makeHost } from './made-host.ts';
import { readSetupResult, removeSetupResult, type SetupResult, setupWatch, writeSetupResult } from './setup-result.ts';

const ON_DISK = '/var/lib/ptp-tester-setup/result.json';
const IN_MEMORY = '/run/ptp-tester-setup/result.json';

let machine: MadeMachine;
let readOnly: Set<string>;
let host: Host;
beforeEach(() => {
  machine = makeMachine();
  const made = makeHost();
  readOnly = made.readOnly;
  host = {
    ...made,
    async writeFile(path, bytes) {
      await made.writeFile(path, bytes);
      machine.file(path, bytes);
    },
    removeFile: async (path) => rmSync(join(machine.root, path), { force: true }),
  };
});
afterEach(() => machine.remove());

describe('the result of a setup', () => {
  it('is on the disk, where it outlives a boot', async () => {
    await writeSetupResult(resultThat('locked'), host);
    expect(readSetupResult(machine.roots)).toEqual(resultThat('locked'));
    expect([ON_DISK, IN_MEMORY].map(isThere)).toEqual([true, false]);
  });

  it('is in memory when the disk takes nothing, counts before the older one on the disk, and the agent notices', async () => {
    const hasChanged = setupWatch(machine.roots);
    await writeSetupResult(resultThat('locked'), host);
    expect([hasChanged(), hasChanged()]).toEqual([true, false]);
    readOnly.add(ON_DISK);
    await writeSetupResult(resultThat('failed'), host);
    expect([hasChanged(), hasChanged()]).toEqual([true, false]);
    expect(readSetupResult(machine.roots)?.setup.value).toBe('failed');
  });

  it('is on the disk alone again when that takes the next one', async () => {
    readOnly.add(ON_DISK);
    await writeSetupResult(resultThat('failed'), host);
    readOnly.clear();
    await writeSetupResult(resultThat('locked'), host);
    expect(readSetupResult(machine.roots)?.setup.value).toBe('locked');
    expect(isThere(IN_MEMORY)).toBe(false);
  });

  it('is removed from both places', async () => {
    machine.file(ON_DISK, '{}');
    machine.file(IN_MEMORY, '{}');
    await removeSetupResult(host);
    expect([ON_DISK, IN_MEMORY].map(isThere)).toEqual([false, false]);
  });

  it('is lost with both reasons where nothing can be written at all', async () => {
    readOnly.add(ON_DISK).add(IN_MEMORY);
    const lost = await writeSetupResult(resultThat('failed'), host).catch((error: unknown) => error);
    expect(lost).toMatchObject({
      errors: [
        { message: expect.stringContaining(`EROFS: read-only file system, open '${ON_DISK}'`) },
        { message: expect.stringContaining(`EROFS: read-only file system, open '${IN_MEMORY}'`) },
      ],
    });
  });
});

function isThere(path: string): boolean {
  return existsSync(join(machine.root, path));
}

function resultThat(value: SetupResult['setup']['value']): SetupResult {
  return { version: 1, boot_id: 'boot', steps: [], setup: { value, reason: 'as the test says' } };
}
