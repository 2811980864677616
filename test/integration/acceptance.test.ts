/** `acceptance --local`: a whole run with evidence from a real agent, in one archive that is checked file by file; then the same for others. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTarFile } from '../../agent/bundle/read-tar-file.ts';
import type { BundleManifest } from '../../controller/src/report/bundle/write-evidence-bundle.ts';
import type { Report } from '../../controller/src/report/report-schema.ts';
import { nodeWords } from '../spine/spine-harness.ts';

const folder = mkdtempSync(join(tmpdir(), 'ptp-acceptance-'));
const data = join(folder, 'data');
let run = '';
let printed = '';

afterAll(() => rmSync(folder, { recursive: true }));

async function acceptance(...args: readonly string[]): Promise<string> {
  const [program = '', ...words] = nodeWords('controller/src/main.ts', ['acceptance', ...args, '--data', data]);
  return (await promisify(execFile)(program, words, { cwd: folder, maxBuffer: 1 << 24 })).stdout;
}

beforeAll(async () => {
  const anywhere = ['--listen', '127.0.0.1:0', '--agent-listen', '127.0.0.1:0'];
  printed = await acceptance('--local', '--duration', '3s', '--bundle', 'own.tar.gz', ...anywhere);
  run = readdirSync(join(data, 'runs'))[0] ?? '';
}, 300_000);

function archive(name: string): { readonly bytes: Uint8Array; file(path: string): string } {
  const bytes = gunzipSync(readFileSync(join(folder, name)));
  const file = (path: string) => {
    // The reader knows the last field of a name alone where the name is long.
    const short = `ptp-tester-${run}/${path}`;
    const found = readTarFile(bytes, short) ?? readTarFile(bytes, path.slice(path.lastIndexOf('/') + 1));
    if (found === null) throw new Error(`${name} has no ${path}`);
    return Buffer.from(found).toString('utf8');
  };
  return { bytes, file };
}

function manifestOf(name: string): BundleManifest {
  return JSON.parse(archive(name).file('manifest.json'));
}

describe('an acceptance on this machine', () => {
  it('ends with one archive of report, samples and evidence, and every file is what the manifest says', () => {
    expect(printed).toContain('SIMULATED: this says nothing about hardware.');
    expect(statSync(join(folder, 'own.tar.gz')).mode & 0o777).toBe(0o600);
    const { simulated, files, instances } = manifestOf('own.tar.gz');
    expect([simulated, instances.map(({ instance_type }) => instance_type)]).toEqual([true, ['c7i.large']]);
    const { file } = archive('own.tar.gz');
    for (const { name, sha256, bytes } of files) {
      const text = file(name);
      expect([Buffer.byteLength(text), createHash('sha256').update(text).digest('hex')], name).toEqual([bytes, sha256]);
    }
    const names = files.map(({ name }) => name.split('/').at(-1));
    expect(names).toEqual(
      expect.arrayContaining([
        ...[
          'report.json',
          'report.html',
          'phc.csv',
          'at_start-modinfo-ena.txt',
          'at_start-sysfs.txt',
          'at_start-install-log.txt',
        ],
        ...['at_start-chrony-configuration.txt', 'at_end-chronyc-n-tracking.txt', 'at_end-read-window.txt'],
      ]),
    );
  });

  it('probed how fast the SIMULATED clock may be read, rate by rate, after measuring had ended', () => {
    const [instance] = manifestOf('own.tar.gz').instances;
    expect(instance?.read_window).toEqual({ simulated: true, highest_rate_per_s: 160, refused_rate_per_s: null });
    const report: Report = JSON.parse(archive('own.tar.gz').file('report/report.json'));
    const events = report.results[0]?.events.items ?? [];
    const finished = events.findIndex(({ event }) => event === 'measuring_finished');
    const probed = events.findIndex(({ detail }) => detail['name'] === 'at_end read window');
    expect(finished).toBeGreaterThan(0);
    expect(probed).toBeGreaterThan(finished);
    expect(report.run.outcome).toBe('completed');
  });

  it('is written again from the data, and for others without what identifies its owner', async () => {
    await acceptance(run, '--public', '--bundle', 'public.tar.gz', '--json');
    const own = manifestOf('own.tar.gz').instances[0]?.instance_id ?? '';
    const { bytes } = archive('public.tar.gz');
    const text = Buffer.from(bytes).toString('latin1');
    expect(own).toMatch(/^i-/);
    // A short host name is part of other words.
    const names = [own, hostname()].filter((name) => name.length > 5 && name !== 'localhost');
    expect(names.filter((name) => text.includes(name))).toEqual([]);
    expect(manifestOf('public.tar.gz').instances[0]?.instance_id).toBe('instance-1');
    expect(text).toContain('evidence/instance-1');
  });

  it('says what is wrong with a place that cannot be written', async () => {
    const failed = acceptance(run, '--bundle', join(folder, 'not there', 'x.tar.gz'));
    await expect(failed).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('--bundle: ') });
  });
});
