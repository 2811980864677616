import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { emulatorWords, findEmulation, reasonAgainst } from './emulation.ts';

const has = (...paths: string[]) => ({ isThere: (path: string) => Promise.resolve(paths.includes(path)) });
const x64 = { platform: 'linux', arch: 'x64', path: '/usr/local/bin:/usr/bin' };

test('without an emulator the other architecture is refused with what to install, the own one never', async () => {
  const nothing = await findEmulation({ ...x64, ...has() });
  expect(reasonAgainst(nothing, 'x86_64')).toBeUndefined();
  expect(reasonAgainst(nothing, 'arm64')).toMatch(/for arm64 .* apt-get install qemu-user-static libc6-arm64-cross/);
  expect(emulatorWords(nothing, 'arm64')).toEqual([]);
  const noLibrary = await findEmulation({ ...x64, ...has('/usr/bin/qemu-aarch64-static') });
  expect(reasonAgainst(noLibrary, 'arm64')).toContain('libc6-arm64-cross');
  const onArm = await findEmulation({ ...x64, arch: 'arm64', ...has() });
  expect(reasonAgainst(onArm, 'arm64')).toBeUndefined();
  expect(reasonAgainst(onArm, 'x86_64')).toContain('for x86_64');
});

test('only foreign programs go to the emulator; scripts and what is native run as they are', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'emulation-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  // Stands in for QEMU: says what it was asked to run.
  const emulator = join(folder, 'qemu-aarch64-static');
  writeFileSync(emulator, '#!/bin/sh\necho "emulated $*"\n', { mode: 0o755 });
  const machine = { ...x64, path: folder, ...has(emulator, '/usr/aarch64-linux-gnu/lib') };
  const words = emulatorWords(await findEmulation(machine), 'arm64');
  const run = (...program: string[]) => {
    const [command = '', ...args] = [...words, ...program];
    return execFileSync(command, args, { encoding: 'utf8' });
  };
  const header = Buffer.alloc(64);
  header.write('\x7fELF', 'latin1');
  header.writeUInt16LE(183, 18);
  const foreign = join(folder, 'it is foreign');
  writeFileSync(foreign, header, { mode: 0o755 });
  expect(run(foreign, 'a b', 'c')).toBe(`emulated -L /usr/aarch64-linux-gnu ${foreign} a b c\n`);
  expect(run('/bin/echo', 'a  b')).toBe('a  b\n');
  expect(run('echo', 'found in PATH')).toBe('found in PATH\n');
});
