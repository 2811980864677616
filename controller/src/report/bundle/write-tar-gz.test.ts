import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { tarHeader, writeTarGz } from './write-tar-gz.ts';

const folder = mkdtempSync(join(tmpdir(), 'ptp-tester-tar-'));
afterAll(() => rmSync(folder, { recursive: true }));

const LONG = `${'folder/'.repeat(20)}${'x'.repeat(90)}.txt`;
const FILES: Readonly<Record<string, string>> = {
  'run/empty.txt': '',
  'run/block.txt': 'a'.repeat(512),
  'run/more.txt': 'b'.repeat(513),
  [LONG]: 'a name that needs both fields of the header\n',
};

async function written(): Promise<string> {
  const entries = Object.entries(FILES).map(([name, text], at) => {
    const path = join(folder, `source-${at}`);
    writeFileSync(path, text);
    return { name, path };
  });
  const archive = join(folder, 'archive.tar.gz');
  await writeTarGz(archive, entries, 1_700_000_000);
  return archive;
}

describe('an archive', () => {
  it('is what tar reads, file for file, and only its owner may', async ({ skip }) => {
    const archive = await written();
    expect(statSync(archive).mode & 0o777).toBe(0o600);
    expect(gunzipSync(readFileSync(archive)).length % 512).toBe(0);
    const list = spawnSync('tar', ['-tzf', archive], { encoding: 'utf8' });
    if (list.error !== undefined) skip('tar is not installed');
    expect([list.stderr, list.stdout.trim().split('\n')]).toEqual(['', Object.keys(FILES)]);
    for (const [name, text] of Object.entries(FILES)) {
      expect(spawnSync('tar', ['-xzOf', archive, name], { encoding: 'utf8' }).stdout, name).toBe(text);
    }
  });

  it('leaves nothing behind when a file cannot be read', async () => {
    const entries = [{ name: 'a', path: join(folder, 'is not there') }];
    await expect(writeTarGz(join(folder, 'b.tar.gz'), entries, 0)).rejects.toThrow('ENOENT');
    expect(readdirSync(folder).filter((name) => name.startsWith('b.'))).toEqual([]);
  });

  it('refuses a name that a header has no place for', () => {
    for (const name of ['x'.repeat(101), `${'y'.repeat(156)}/z`, 'über', 'a b']) {
      expect(() => tarHeader(name, 0, 0), name).toThrow('does not fit');
    }
  });
});
