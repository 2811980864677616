import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openInstanceStates } from './instance-states.ts';

function madePath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ptp-states-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'interim.db');
}

const state = (instanceId: string, ...bytes: number[]) => ({ instanceId, bytes: Uint8Array.from(bytes) });

describe('the states of instances', () => {
  it('are there after the file was closed, the newest of each instance', () => {
    const path = madePath();
    const first = openInstanceStates(path);
    expect(first.read('i-1')).toBeNull();
    first.write([state('i-1', 1), state('i-2', 2)]);
    first.write([state('i-1', 3)]);
    first.close();
    const second = openInstanceStates(path);
    expect(second.read('i-1')).toEqual(Uint8Array.of(3));
    expect(second.read('i-2')).toEqual(Uint8Array.of(2));
    second.close();
  });

  it.each([
    [
      'damaged',
      (path: string) => writeFileSync(path, 'no database at all, but long enough to have a header. '.repeat(40)),
    ],
    ['of another version', (path: string) => changed(path, 'PRAGMA user_version = 9')],
    ["somebody else's", (path: string) => changed(path, 'PRAGMA application_id = 7')],
  ])('are begun anew where the file is %s', (_, spoil) => {
    const path = madePath();
    const before = openInstanceStates(path);
    before.write([state('i-1', 1)]);
    before.close();
    spoil(path);
    const after = openInstanceStates(path);
    expect(after.read('i-1')).toBeNull();
    after.write([state('i-1', 2)]);
    expect(after.read('i-1')).toEqual(Uint8Array.of(2));
    after.close();
  });

  it('are begun anew where damage shows only when an instance is read', () => {
    const path = madePath();
    const before = openInstanceStates(path);
    before.write([{ instanceId: 'i-1', bytes: new Uint8Array(100_000).fill(1) }]);
    before.close();
    const file = openSync(path, 'r+');
    writeSync(file, Buffer.alloc(8192, 0xff), 0, 8192, 4096);
    closeSync(file);
    const after = openInstanceStates(path);
    expect(after.read('i-1')).toBeNull();
    after.write([state('i-1', 2)]);
    expect(after.read('i-1')).toEqual(Uint8Array.of(2));
    after.close();
  });

  it('say what is wrong where no file can be made', () => {
    expect(() => openInstanceStates('/dev/null/interim.db')).toThrow(expect.objectContaining({ name: 'StoreError' }));
  });
});

function changed(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}
