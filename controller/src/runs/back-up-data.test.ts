import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backUpData } from './back-up-data.ts';

describe('a backup', () => {
  let folder: string;
  let data: string;
  let live: DatabaseSync;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ptp-backup-'));
    data = join(folder, 'data');
    mkdirSync(join(data, 'runs/r'), { recursive: true });
    live = new DatabaseSync(join(data, 'control.db'));
    live.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (x)');
    for (let row = 0; row < 500; row += 1) live.exec(`INSERT INTO t VALUES (${row})`);
    for (const name of [
      'lock',
      'operator.url',
      'operator.token',
      'runs/r/report.json',
      'runs/r/interim.db',
      'half.new',
    ]) {
      writeFileSync(join(data, name), name);
    }
  });
  afterEach(() => {
    live.close();
    rmSync(folder, { recursive: true });
  });

  it('holds what is still in the write-ahead log of an open database, and files but those of one process', async () => {
    const to = join(folder, 'copy');
    const files = await backUpData({ from: data, to });
    expect(files.map(({ path }) => path)).toEqual(['control.db', 'operator.token', 'runs/r/report.json']);
    expect(readdirSync(to).sort()).toEqual(['control.db', 'operator.token', 'runs']);
    const copy = new DatabaseSync(join(to, 'control.db'), { readOnly: true });
    expect(copy.prepare('SELECT count(*) AS n FROM t').get()?.['n']).toBe(500);
    copy.close();
    expect(statSync(join(to, 'operator.token')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(to, 'runs/r/report.json'), 'utf8')).toBe('runs/r/report.json');
  });

  it('refuses to overwrite, to copy into itself, and to copy what is no data directory', async () => {
    mkdirSync(join(folder, 'there'));
    await expect(backUpData({ from: data, to: join(folder, 'there') })).rejects.toThrow('exists already');
    await expect(backUpData({ from: data, to: join(data, 'inside') })).rejects.toThrow('inside the data directory');
    await expect(backUpData({ from: folder, to: join(folder, 'copy') })).rejects.toThrow('is not a data directory');
  });

  it('says that it cannot be made below a file, and where the file system takes no folders', async () => {
    writeFileSync(join(folder, 'file'), '');
    const refusal = { code: 'backup_refused', message: expect.stringContaining('cannot be made there (E') };
    await expect(backUpData({ from: data, to: join(folder, 'file/copy') })).rejects.toMatchObject(refusal);
    if (!existsSync('/proc/self')) return;
    for (const to of ['/proc/ptp-tester', '/proc/ptp-tester/copy'])
      await expect(backUpData({ from: data, to })).rejects.toMatchObject(refusal);
  });

  it('leaves nothing when it breaks', async () => {
    writeFileSync(join(data, 'broken.db'), 'this is no database at all, and long enough to be looked at as one');
    await expect(backUpData({ from: data, to: join(folder, 'copy') })).rejects.toThrow();
    expect(existsSync(join(folder, 'copy'))).toBe(false);
    expect(existsSync(join(folder, 'copy.partial'))).toBe(false);
  });
});
